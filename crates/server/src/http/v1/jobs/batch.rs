//! `POST /v1/jobs/batch`.

use axum::extract::State;
use windlass_store::{Create, Error, Job, NotAllowed, NotMade, Once, Part};
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::CreateBody;
use crate::http::headers::IdempotencyParameters;
use crate::http::{CalledBy, Done, Narrowed, Problem};
use crate::input::{self, Origin, Pointer};
use crate::view;

/// Create many standalone jobs
///
/// Up to 1,000 jobs, each in a sealed pipeline of its own as by a create of one, together with up to 10,000 tasks. Each is judged on its own and
/// answered in the order asked: one that is refused does not fail the others. They are not one transaction to rely on: what was
/// refused may be sent again by itself.
#[utoipa::path(post, path = "/v1/jobs/batch", tag = "producers", operation_id = "create_jobs",
    params(IdempotencyParameters),
    request_body(content = wire::CreateJobs, example = json!({"jobs": [
        {"type": "resize-image", "payload": {"source": "in/1.png", "width": 800}},
        {"type": "resize-image", "payload": {"source": "in/2.png", "width": 800}}
    ]})),
    responses((status = 200, description = "An outcome per job.", body = wire::BatchResults<wire::CreateJobResult>,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    security(("key" = ["produce"])),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn create_jobs(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    origin: Origin,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::BatchResults<wire::CreateJobResult>>, Problem> {
    let (mut creates, mut refused) = (Vec::new(), Vec::new());
    for read in input::read_standalone_jobs(body.document()?, app.limits(), &origin)? {
        let read = read.map(|new| {
            creates.push(Create { caller, types: types.clone(), new, standalone: true, once: None });
        });
        refused.push(read.err().map(|rejection| Problem::from(rejection).into_wire()));
    }
    let show = |made: Vec<Result<Job, NotMade>>| results(&refused, made);
    let render = |made: &Vec<Result<Job, NotMade>>| Done::stored(&show(made.clone()));
    let once = key.map(|key| Once { key, render: &render });
    let answer = within(app.store().create_each(&creates, once)).await?;
    Ok(Done::of(answer, show))
}

/// The outcomes in the order asked: problems of those that could not be read, and what became of the others.
fn results(
    refused: &[Option<wire::Problem>],
    made: Vec<Result<Job, NotMade>>,
) -> wire::BatchResults<wire::CreateJobResult> {
    let mut made = made.into_iter();
    let result = |(index, refused): (usize, &Option<wire::Problem>)| {
        let outcome = match refused {
            Some(problem) => Err(problem.clone()),
            None => made
                .next()
                .expect("the store answers each item of a batch")
                .map_err(|why| problem(why, index)),
        };
        match outcome {
            Ok(job) => wire::CreateJobResult { job: Some(view::job(job)), problem: None },
            Err(problem) => wire::CreateJobResult { job: None, problem: Some(problem) },
        }
    };
    wire::BatchResults { results: refused.iter().enumerate().map(result).collect() }
}

fn problem(why: NotMade, index: usize) -> wire::Problem {
    let jobs = Pointer::Field(&Pointer::Root, "jobs");
    let problem = match why {
        NotMade::DeadlineNotAhead => Problem::of(Error::DeadlineNotAhead, &Pointer::Item(&jobs, index)),
        NotMade::TypeNotAllowed(type_name) => Problem::of(
            Error::TypesNotAllowed(vec![NotAllowed { part: Part::Job(index), type_name }]),
            &Pointer::Root,
        ),
        NotMade::Failed => Problem::internal(),
    };
    problem.into_wire()
}
