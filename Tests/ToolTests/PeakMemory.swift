// How much memory a tool takes at most, by the kernel's own account.
import Basics
import Foundation
import TestKit
import Testing

/// Runs a tool to its end and measures it alone.
///
/// - Parameters:
///   - tool: Such as `r1-infer`.
///   - arguments: Its arguments.
///   - log: A file for all that it says.
/// - Returns: The exit code (128 and the signal's number for a tool that a signal ended) and the largest
///   resident memory in bytes.
/// - Throws: When there is no such binary or it cannot be started.
func peakMemory(of tool: String, _ arguments: [String], log: String) throws -> (exitCode: Int32, bytes: Int) {
    let binary = try builtProgram(tool).path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var pointers = ([binary] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var environment = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in environment { free(pointer) } }
    var child = pid_t()
    let error = posix_spawn(&child, binary, &actions, nil, &pointers, &environment)
    try #require(error == 0, "\(binary) cannot be started: \(String(cString: strerror(error)))")
    var (status, usage) = (Int32(0), rusage())
    while wait4(child, &status, 0, &usage) < 0 { try #require(errno == EINTR) }
    let signal = status & 0x7F
    return (signal == 0 ? status >> 8 & 0xFF : 128 + signal, usage.ru_maxrss * 1024)
}
