//! Tasks of a type that are worked off, and filled up before each measurement so that they never run dry.

use crate::cpu::Meter;
use crate::cycle::Cycle;
use crate::error::BenchError;
use crate::fill::{fill, fill_with_jobs, fill_with_single_jobs};
use crate::load::{Load, Measured, WARM_UP, Work};
use crate::sample::floor;
use crate::target::Target;

/// Tasks a second to be prepared for at least, whatever a few clients were seen to do: one a call, and many; in one job, and in a job each.
const GUESSES: [f64; 2] = [10_000.0, 30_000.0];
const GUESSES_OF_JOBS: [f64; 2] = [5_000.0, 12_000.0];

/// Which jobs have the tasks.
enum Stock {
    /// All in one unsealed job.
    Job(String),
    /// Each in a job of its own.
    Jobs,
    /// Each in a job and a pipeline of its own.
    SingleJobs,
}

/// The waiting tasks of a type.
pub(crate) struct Backlog<'a> {
    target: &'a Target<'a>,
    meter: Meter,
    type_name: String,
    stock: Stock,
    tasks_return: bool,
    log_lines: usize,
    waiting: usize,
    /// The highest rates seen, in tasks a second, one a call and many; 0 before.
    rates: [f64; 2],
}

impl<'a> Backlog<'a> {
    /// One unsealed job.
    pub(crate) async fn open(target: &'a Target<'a>, type_name: &str) -> Result<Self, BenchError> {
        let job = target.client().await?.unsealed_job(type_name).await?;
        Ok(Self::new(target, type_name, Stock::Job(job)))
    }

    /// Jobs of one task each.
    pub(crate) fn of_jobs(target: &'a Target<'a>, type_name: &str) -> Self {
        Self::new(target, type_name, Stock::Jobs)
    }

    /// Jobs of one task, each in a pipeline of its own.
    pub(crate) fn of_single_jobs(target: &'a Target<'a>, type_name: &str) -> Self {
        Self::new(target, type_name, Stock::SingleJobs)
    }

    fn new(target: &'a Target<'a>, type_name: &str, stock: Stock) -> Self {
        let type_name = type_name.to_owned();
        Self {
            target,
            meter: target.meter(),
            type_name,
            stock,
            tasks_return: false,
            log_lines: 0,
            waiting: 0,
            rates: [0.0; 2],
        }
    }

    /// The same with workers that now and then release tasks, or fail them and have them tried again.
    pub(crate) fn where_tasks_return(self) -> Self {
        Self { tasks_return: true, ..self }
    }

    /// The same with workers that bring so many lines of log with each completion.
    pub(crate) fn with_log_lines(self, log_lines: usize) -> Self {
        Self { log_lines, ..self }
    }

    /// Adds tasks until at least so many wait.
    pub(crate) async fn ensure(&mut self, tasks: usize) -> Result<(), BenchError> {
        let missing = tasks.saturating_sub(self.waiting);
        if missing == 0 {
            return Ok(());
        }
        let address = self.target.addresses()[0];
        self.waiting += match &self.stock {
            Stock::Job(job) => fill(address, job, missing).await?,
            Stock::Jobs => fill_with_jobs(address, &self.type_name, missing).await?,
            Stock::SingleJobs => fill_with_single_jobs(address, &self.type_name, missing).await?,
        };
        self.target.harness.settle().await
    }

    /// The rate at which so many clients work it off.
    pub(crate) async fn measure(&mut self, clients: usize, max_tasks: usize) -> Result<Measured, BenchError> {
        self.ensure(self.needed(clients, max_tasks)).await?;
        let load = self.load(clients, max_tasks);
        let measured = load.run(self.target.harness.scale.window, &self.meter).await?;
        self.waiting = self.waiting.saturating_sub(measured.total);
        let rate = &mut self.rates[usize::from(max_tasks > 1)];
        *rate = rate.max(measured.rate);
        Ok(measured)
    }

    /// Has so many clients work so many off, which wait; how many they were in all.
    pub(crate) async fn drain(
        &mut self,
        clients: usize,
        max_tasks: usize,
        tasks: usize,
    ) -> Result<usize, BenchError> {
        let done = self.load(clients, max_tasks).drain(tasks).await?;
        self.waiting = self.waiting.saturating_sub(done);
        Ok(done)
    }

    fn load(&self, clients: usize, max_tasks: usize) -> Load {
        let (tasks_return, log_lines) = (self.tasks_return, self.log_lines);
        let cycle = Cycle { tasks_return, log_lines, ..Cycle::of(&self.type_name, max_tasks) };
        Load { addresses: self.target.addresses(), clients, work: Work::Cycle(cycle) }
    }

    /// Half as much again as the best rate would take.
    fn needed(&self, clients: usize, max_tasks: usize) -> usize {
        let mode = usize::from(max_tasks > 1);
        let guesses = if matches!(self.stock, Stock::Job(_)) { GUESSES } else { GUESSES_OF_JOBS };
        let rate = self.rates[mode].max(guesses[mode]);
        let window = self.target.harness.scale.window;
        let seconds = window.map_or(0.0, |window| (window + WARM_UP).as_secs_f64() + 0.5);
        floor(rate * seconds * 1.5) + clients * max_tasks
    }
}
