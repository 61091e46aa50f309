//! Lets the program build before or without the playground and the documentation: empty folders are embedded then.

fn main() {
    for folder in ["web/dist", "docs/.vitepress/dist"] {
        // Ignore failures: without the folder its pages are missing, and the program says so at their address.
        let _ = std::fs::create_dir_all(folder);
        println!("cargo::rerun-if-changed={folder}");
    }
}
