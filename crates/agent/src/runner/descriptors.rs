//! Keeps files that the agent inherited open from the process that started it from being passed on to
//! commands.

/// The first file descriptor after standard input, output and error.
const FIRST: i32 = 3;

/// Keeps files that the starter of this process left open from the programs that this process starts. They may be
/// files that only root may read, and commands may run as somebody else. Files that the agent opens itself are
/// not passed on anyway.
pub fn pass_no_files_on() {
    close_fds::set_fds_cloexec(FIRST, &[]);
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;

    #[test]
    fn an_inherited_file_is_not_passed_on() {
        let mut secret = tempfile::tempfile().unwrap();
        secret.write_all(b"secret").unwrap();
        // Unlike the original, the copy is passed on to programs.
        let inherited = nix::unistd::dup(&secret).unwrap();
        let is_open = || {
            let path = format!("/dev/fd/{}", inherited.as_raw_fd());
            std::process::Command::new("test").args(["-e", &path]).status().unwrap().success()
        };
        assert!(is_open());
        super::pass_no_files_on();
        assert!(!is_open());
    }
}
