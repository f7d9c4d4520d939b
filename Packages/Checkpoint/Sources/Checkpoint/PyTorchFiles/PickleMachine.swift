// Reads a pickle of weights. A pickle is a program for a stack machine; this one has only the instructions that put values
// together, and the calls of PickleCalls.swift. Nothing is imported and nothing is executed.
// Instructions: https://github.com/python/cpython/blob/3.13/Lib/pickletools.py

/// A machine that reads one pickle of a file.
struct PickleMachine {
    /// What was read.
    var objects = PickleObjects()
    /// The byte after the last one read.
    private(set) var place: Int
    private let bytes: [UInt8]
    private var stack: [PickleValue] = []
    /// Where the marks are on the stack.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// The most bytes that a pickle may have.
    ///
    /// A tensor takes about 200, and a byte of a hostile file could become 60 in memory.
    static let maximumByteCount = 8 << 20

    /// A machine at a place of some bytes.
    init(_ bytes: [UInt8], at place: Int = 0) { (self.bytes, self.place) = (bytes, place) }

    /// Runs to the end of a pickle and returns its value.
    ///
    /// Throws `PickleProblem`.
    mutating func run() throws -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let code = UInt8(try length(1))
            // STOP
            if code == UInt8(ascii: ".") {
                guard stack.count == 1, marks.isEmpty else {
                    throw PickleProblem("ends with values left over")
                }
                return stack[0]
            }
            if try !pushConstant(code), try !pushNumber(code), try !build(code), try !remember(code) {
                let name = String(code, radix: 16)
                throw PickleProblem(
                    "has the instruction 0x\(name), which weights do not need", isForeign: true)
            }
        }
    }

    // MARK: Values

    private mutating func pushConstant(_ code: UInt8) throws -> Bool {
        switch code {
        case 0x80: _ = try take(1)  // PROTO
        case 0x95: _ = try take(8)  // FRAME
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88, 0x89: stack.append(.bool(code == 0x88))
        case UInt8(ascii: "X"): stack.append(.text(try text(try length(4))))
        case 0x8C: stack.append(.text(try text(try length(1))))
        case 0x8D: stack.append(.text(try text(try length(8))))
        // Texts of Python 2.
        case UInt8(ascii: "U"): stack.append(.text(try text(try length(1))))
        case UInt8(ascii: "T"): stack.append(.text(try text(try length(4))))
        case UInt8(ascii: "B"): stack.append(.bytes(Array(try take(try length(4)))))
        case UInt8(ascii: "C"): stack.append(.bytes(Array(try take(try length(1)))))
        case 0x8E: stack.append(.bytes(Array(try take(try length(8)))))
        case UInt8(ascii: "c"): stack.append(try global(try line(), try line()))
        case 0x93:  // STACK_GLOBAL
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw PickleProblem("names a global without a text")
            }
            stack.append(try global(module, name))
        default: return false
        }
        return true
    }

    private mutating func pushNumber(_ code: UInt8) throws -> Bool {
        switch code {
        case UInt8(ascii: "J"): stack.append(.int(Int(Int32(truncatingIfNeeded: try length(4)))))
        case UInt8(ascii: "K"): stack.append(.int(try length(1)))
        case UInt8(ascii: "M"): stack.append(.int(try length(2)))
        case 0x8A: stack.append(try long(try length(1)))
        case 0x8B: stack.append(try long(try length(4)))
        case UInt8(ascii: "G"):
            let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            stack.append(.float(Double(bitPattern: bits)))
        case UInt8(ascii: "I"), UInt8(ascii: "L"):
            var word = try line()
            if code == UInt8(ascii: "L"), word.hasSuffix("L") { word.removeLast() }
            if code == UInt8(ascii: "I"), ["00", "01"].contains(word) {
                stack.append(.bool(word == "01"))
            } else {
                guard let number = Int(word) else { throw PickleProblem("has a number '\(word.prefix(40))'") }
                stack.append(.int(number))
            }
        case UInt8(ascii: "F"):
            let word = try line()
            guard let number = Double(word) else { throw PickleProblem("has a number '\(word.prefix(40))'") }
            stack.append(.float(number))
        default: return false
        }
        return true
    }

    private mutating func global(_ module: String, _ name: String) throws -> PickleValue {
        let whole = "\(module).\(name)"
        guard PickleCalls.isKnown(whole) else {
            throw PickleProblem(
                "names the global \(whole), which is none of tensors and containers; nothing was executed",
                isForeign: true)
        }
        return .global(whole)
    }

    // MARK: Containers and calls

    private mutating func build(_ code: UInt8) throws -> Bool {
        switch code {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: ")"): push(.tuple, [])
        case UInt8(ascii: "]"): push(.list, [])
        case UInt8(ascii: "}"): push(.dictionary, [])
        case UInt8(ascii: "t"): push(.tuple, try popMarked())
        case UInt8(ascii: "l"): push(.list, try popMarked())
        case UInt8(ascii: "d"): push(.dictionary, try pairs(try popMarked()))
        case 0x85, 0x86, 0x87: push(.tuple, try pop(Int(code) - 0x84))
        case UInt8(ascii: "a"): try extend(.list, try pop(1))
        case UInt8(ascii: "e"): try extend(.list, try popMarked())
        case UInt8(ascii: "s"): try extend(.dictionary, try pop(2))
        case UInt8(ascii: "u"): try extend(.dictionary, try pairs(try popMarked()))
        case UInt8(ascii: "R"), 0x81:  // REDUCE, NEWOBJ
            let arguments = try pop()
            guard let list = objects.items(arguments, .tuple), case .global(let name) = try pop() else {
                throw PickleProblem("calls something that is no global")
            }
            stack.append(try PickleCalls.call(name, list, &objects))
        case UInt8(ascii: "b"):
            // BUILD: the state of an ordered dictionary is `_metadata`, which says nothing of tensors.
            _ = try pop()
            guard let last = stack.last, objects.items(last, .dictionary) != nil else {
                throw PickleProblem("gives a state to something that is no dictionary")
            }
        case UInt8(ascii: "Q"): stack.append(try PickleCalls.storage(try pop(), &objects))
        default: return false
        }
        return true
    }

    private mutating func push(_ kind: PickleContainer.Kind, _ items: [PickleValue]) {
        objects.containers.append(PickleContainer(kind: kind, items: items))
        stack.append(.container(objects.containers.count - 1))
    }

    private mutating func extend(_ kind: PickleContainer.Kind, _ items: [PickleValue]) throws {
        guard case .container(let number)? = stack.last, objects.containers[number].kind == kind else {
            throw PickleProblem("adds items to something that is no container")
        }
        objects.containers[number].items += items
    }

    private func pairs(_ items: [PickleValue]) throws -> [PickleValue] {
        guard items.count % 2 == 0 else { throw PickleProblem("has a key without a value") }
        return items
    }

    // MARK: The stack and the memo

    private mutating func remember(_ code: UInt8) throws -> Bool {
        func numbered(_ word: String) throws -> Int {
            guard let number = Int(word), number >= 0 else {
                throw PickleProblem("has a memo '\(word.prefix(40))'")
            }
            return number
        }
        switch code {
        case UInt8(ascii: "q"): memo[try length(1)] = try top()
        case UInt8(ascii: "r"): memo[try length(4)] = try top()
        case UInt8(ascii: "p"): memo[try numbered(try line())] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(try length(1))
        case UInt8(ascii: "j"): try recall(try length(4))
        case UInt8(ascii: "g"): try recall(try numbered(try line()))
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popMarked()
        case UInt8(ascii: "2"): stack.append(try top())
        default: return false
        }
        return true
    }

    private mutating func recall(_ number: Int) throws {
        guard let value = memo[number] else {
            throw PickleProblem("recalls value \(number) before it is made")
        }
        stack.append(value)
    }

    private func top() throws -> PickleValue {
        guard let value = stack.last, stack.count > (marks.last ?? 0) else {
            throw PickleProblem("uses a value that is not there")
        }
        return value
    }

    private mutating func pop() throws -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(_ count: Int) throws -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else {
            throw PickleProblem("uses a value that is not there")
        }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popMarked() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw PickleProblem("has no mark to go back to") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    // MARK: Bytes

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - place else { throw PickleProblem("is cut off") }
        defer { place += count }
        return bytes[place..<place + count]
    }

    /// A little-endian number without a sign.
    private mutating func length(_ size: Int) throws -> Int {
        let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw PickleProblem("is cut off") }
        return number
    }

    private mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw PickleProblem("has a text that is not UTF-8")
        }
        return text
    }

    /// Text up to the end of a line.
    private mutating func line() throws -> String {
        guard let end = bytes[place...].firstIndex(of: 0x0A) else { throw PickleProblem("is cut off") }
        let line = try text(end - place)
        _ = try take(1)
        return line
    }

    /// A little-endian number with a sign.
    private mutating func long(_ size: Int) throws -> PickleValue {
        let digits = Array(try take(size))
        guard digits.count <= 8 else { return .long(digits) }
        let isNegative = (digits.last ?? 0) & 0x80 != 0
        let bits = digits.reversed().reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
        return .int(Int(Int64(bitPattern: bits)))
    }
}
