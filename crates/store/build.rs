//! A new migration is compiled in: cargo does not see by itself that `sqlx::migrate!` reads a directory.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
