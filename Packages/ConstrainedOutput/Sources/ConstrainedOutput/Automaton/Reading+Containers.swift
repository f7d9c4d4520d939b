// Reads objects and lists. There is no white space but at most one space after a comma or a colon, so texts end.

extension ValueGraph {
    func read(_ byte: UInt8, _ place: ObjectPlace, _ stack: Stack, into steps: inout Steps) {
        guard case .object(let object) = kinds[place.kind] else { return }
        func go(_ change: (inout ObjectPlace) -> Void) {
            var next = place
            change(&next)
            steps.add(stack.replacing(.object(next)))
        }
        switch place.phase {
        case .opened:
            if byte == UInt8(ascii: "\"") { beginName(place, object, next: 0, go) }
            if byte == UInt8(ascii: "}"), mayClose(object, next: 0) { steps.add(stack.popped) }
        case .name(let property, let read):
            let text = object.properties[property].text
            guard text[read] == byte else { return }
            go {
                $0.phase =
                    read + 1 == text.count
                    ? .colon(property: property, isSpaced: false) : .name(property: property, read: read + 1)
            }
        case .freeName(let characters): readFreeName(byte, characters, place, object, stack, into: &steps)
        case .freeNameEnd:
            if byte == UInt8(ascii: ":") { go { $0.phase = .colon(property: nil, isSpaced: false) } }
        case .colon(let property, let isSpaced):
            if byte == UInt8(ascii: " "), !isSpaced {
                return go { $0.phase = .colon(property: property, isSpaced: true) }
            }
            guard let kind = property.map({ object.properties[$0].kind }) ?? object.others else { return }
            var after = place
            after.phase = .value(next: property.map { $0 + 1 } ?? object.properties.count)
            begin(kind, byte, room: place.room, on: stack.replacing(.object(after)), into: &steps)
        case .value(let next):
            if byte == UInt8(ascii: ","), mayContinue(object, next: next, room: place.room) {
                go { $0.phase = .comma(next: next, isSpaced: false) }
            }
            if byte == UInt8(ascii: "}"), mayClose(object, next: next) { steps.add(stack.popped) }
        case .comma(let next, let isSpaced):
            if byte == UInt8(ascii: " "), !isSpaced { go { $0.phase = .comma(next: next, isSpaced: true) } }
            if byte == UInt8(ascii: "\"") { beginName(place, object, next: next, go) }
        }
    }

    /// Begins the name of every property that may come next: those up to and including the next required one.
    private func beginName(
        _ place: ObjectPlace, _ object: Object, next: Int,
        _ go: ((inout ObjectPlace) -> Void) -> Void
    ) {
        for index in next..<object.properties.count {
            if heights[object.properties[index].kind] <= place.room {
                go { $0.phase = .name(property: index, read: 1) }
            }
            if object.properties[index].isRequired { return }
        }
        guard let others = object.others, heights[others] <= place.room else { return }
        go {
            $0.phase = .freeName(CharacterPlace())
            if !$0.isBare { $0.names.append([]) }
        }
    }

    /// Reads a byte of a free name, which has no escapes and equals no other name of the object.
    private func readFreeName(
        _ byte: UInt8, _ characters: CharacterPlace, _ place: ObjectPlace, _ object: Object, _ stack: Stack,
        into steps: inout Steps
    ) {
        var (characters, next) = (characters, place)
        switch characters.read(byte, allowsEscapes: false) {
        case .refused: return
        case .closed:
            guard !place.isBare else { return steps.add(stack.replacing(.closedName)) }
            // As readers compare names: by canonical equivalence.
            let name = String(decoding: place.names.last ?? [], as: UTF8.self)
            let others = place.names.dropLast().map { String(decoding: $0, as: UTF8.self) }
            guard !others.contains(name), !object.properties.contains(where: { $0.name == name }) else {
                return
            }
            next.phase = .freeNameEnd
        case .began, .went:
            next.phase = .freeName(characters)
            if !place.isBare { next.names[next.names.count - 1].append(byte) }
        }
        steps.add(stack.replacing(.object(next)))
    }

    /// Whether no required property is left.
    private func mayClose(_ object: Object, next: Int) -> Bool {
        !object.properties[next...].contains(where: \.isRequired)
    }

    /// Whether a property or a free name can follow.
    private func mayContinue(_ object: Object, next: Int, room: Int) -> Bool {
        for property in object.properties[next...] {
            if heights[property.kind] <= room { return true }
            if property.isRequired { return false }
        }
        return object.others.map { heights[$0] <= room } ?? false
    }

    func read(_ byte: UInt8, _ place: ListPlace, _ stack: Stack, into steps: inout Steps) {
        guard case .list(let list) = kinds[place.kind] else { return }
        func item() {
            guard let kind = list.kind(place.index), place.left != 0 else { return }
            var after = place
            after.phase = .value
            after.index = min(place.index + 1, list.first.count)
            after.needed = max(0, place.needed - 1)
            after.left = place.left.map { $0 - 1 }
            begin(kind, byte, room: place.room, on: stack.replacing(.list(after)), into: &steps)
        }
        func close() {
            if byte == UInt8(ascii: "]"), place.needed == 0 { steps.add(stack.popped) }
        }
        var next = place
        switch place.phase {
        case .opened:
            item()
            close()
        case .value:
            close()
            if byte == UInt8(ascii: ","), place.left != 0, let kind = list.kind(place.index),
                heights[kind] <= place.room
            {
                next.phase = .comma(isSpaced: false)
                steps.add(stack.replacing(.list(next)))
            }
        case .comma(let isSpaced):
            if byte == UInt8(ascii: " "), !isSpaced {
                next.phase = .comma(isSpaced: true)
                return steps.add(stack.replacing(.list(next)))
            }
            item()
        }
    }
}
