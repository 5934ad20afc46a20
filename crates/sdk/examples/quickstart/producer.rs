//! The producer of docs/quickstart/rust.md. A test of the clients compares the two and runs this one.
#![expect(clippy::print_stdout, reason = "it shows the job")]

use windlass_sdk::Client;
use windlass_sdk::wire::{Json, NewStandaloneJob};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::var("WINDLASS_SERVER").unwrap_or("http://127.0.0.1:7070".to_owned());
    let client = Client::new(&server)?;
    let payload = Json::from_text(r#"{"url": "sea/1.jpg"}"#.to_owned())?;
    let resize = NewStandaloneJob { payload: Some(payload), ..NewStandaloneJob::new("resize-image") };
    let mut job = client.create_job(&resize).await?;
    while job.ended_at.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        job = client.get_job(job.id).await?;
    }
    println!("{}", serde_json::to_string(&job)?);
    Ok(())
}
