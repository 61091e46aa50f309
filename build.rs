//! Lets the program build before or without the playground: an empty folder is embedded then.

fn main() {
    // Ignore failures: without the folder the playground is missing, and the program says so at /playground.
    let _ = std::fs::create_dir_all("web/dist");
    println!("cargo::rerun-if-changed=web/dist");
}
