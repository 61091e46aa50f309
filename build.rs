//! Lets the playground be built after the program, or never: without it, an empty folder is embedded.

fn main() {
    // A folder that cannot be made is a playground that is missing, which the program tells where it is asked for.
    let _ = std::fs::create_dir_all("web/dist");
    println!("cargo::rerun-if-changed=web/dist");
}
