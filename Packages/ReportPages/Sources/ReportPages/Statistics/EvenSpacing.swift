// A few of many elements.

/// Elements at even distances: the first one, and the last one of two or more.
public func evenlySpaced<T>(_ elements: [T], count: Int) -> [T] {
    guard count < elements.count else { return elements }
    guard count > 1 else { return Array(elements.prefix(count)) }
    return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
}
