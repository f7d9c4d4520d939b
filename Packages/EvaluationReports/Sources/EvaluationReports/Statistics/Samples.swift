// Several answers to each question.
internal import Basics

/// The probability that at least one of k answers, drawn from n without replacement, is right (Chen and others 2021).
///
/// - Parameters:
///   - k: From 1 to `count`.
///   - right: Right answers, from 0 to `count`.
///   - count: All answers to the question.
/// - Returns: 1 - product over i from n - c + 1 to n of (1 - k / i).
func passAtK(_ k: Int, right: Int, of count: Int) -> Double {
    require(
        (1...max(1, count)).contains(k) && (0...count).contains(right), "no pass@\(k) of \(right)/\(count)")
    guard count - right >= k else { return 1 }
    var allWrong = 1.0
    for i in stride(from: count - right + 1, through: count, by: 1) { allWrong *= 1 - Double(k) / Double(i) }
    return 1 - allWrong
}
