//! The worker of docs/quickstart/rust.md. A test of the clients compares the two and runs this one.

use windlass_sdk::{Client, Context, TaskFailure, Worker};

#[derive(serde::Deserialize)]
struct Image {
    url: Option<String>,
}

#[derive(serde::Serialize)]
struct Resized {
    url: String,
    width: u32,
}

async fn resize(image: Image, context: Context) -> Result<Resized, TaskFailure> {
    let url = image.url.ok_or(TaskFailure::new("data_error", "no url"))?;
    context.progress(1.0, Some(2.0), "fetched"); // never waits
    Ok(Resized { url, width: 100 })
}

#[tokio::main]
async fn main() -> Result<(), windlass_sdk::Error> {
    let server = std::env::var("WINDLASS_SERVER").unwrap_or("http://127.0.0.1:7070".to_owned());
    Worker::builder(Client::new(&server)?).handler("resize-image", resize).concurrency(8).build().run().await
}
