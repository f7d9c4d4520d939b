// The standard streams as file descriptors. A stream may be closed, full or without a reader; that never ends the
// process, and never mixes messages into a file of the program.
internal import Basics
internal import Foundation

/// A result could not be written to stdout.
struct OutputFailed: Error, CustomStringConvertible {
    /// The system's reason.
    let reason: String

    /// One line for the user.
    var description: String { "stdout: cannot be written: \(reason)" }
}

/// Raw access to stdout and stderr.
enum Streams {
    /// Prepares the streams; called once, before anything is opened.
    ///
    /// A stream that is closed at the start gets a descriptor that cannot be written, so that the next file that the
    /// program opens does not take its number. Writing to a pipe without a reader, and writing past the largest size of
    /// a file (`ulimit -f`), become errors.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is the closed one. Reading gives the end, writing an error.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Writes all bytes.
    ///
    /// - Returns: The error number, or nil.
    static func write(_ bytes: some Sequence<UInt8>, to descriptor: Int32) -> Int32? {
        Array(bytes).withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let count = Foundation.write(
                    descriptor, buffer.baseAddress?.advanced(by: start), buffer.count - start)
                if count >= 0 {
                    start += count
                } else if errno == EAGAIN {
                    // Another program made the terminal non-blocking.
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    if poll(&wanted, 1, -1) < 0, errno != EINTR { return errno }
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
    }
}
