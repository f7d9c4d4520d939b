// The tree of pages by the tokens that they hold: a path from the root is the beginning of a prompt.

/// A page in the tree; its tokens follow those of its parents.
final class PrefixNode {
    /// The page; nil for the root.
    let page: Int?
    /// The tokens of the page; a leaf may have fewer than a page has room for.
    private let tokens: [TokenKey]
    private(set) weak var parent: PrefixNode?
    /// By the id of their first token.
    private var children: [Int32: [PrefixNode]] = [:]

    var isLeaf: Bool { children.isEmpty }

    /// The root of a tree.
    init() { (page, tokens, parent) = (nil, [], nil) }

    /// A page below `parent`.
    init(page: Int, tokens: [TokenKey], below parent: PrefixNode) {
        (self.page, self.tokens, self.parent) = (page, tokens, parent)
        parent.children[tokens[0].id, default: []].append(self)
    }

    /// The child with exactly these tokens.
    func child(_ tokens: ArraySlice<TokenKey>) -> PrefixNode? {
        guard let first = tokens.first else { return nil }
        return children[first.id]?.first { $0.tokens.elementsEqual(tokens) }
    }

    /// The child with the longest beginning in common with these tokens, and its length.
    func closest(_ tokens: ArraySlice<TokenKey>) -> (child: PrefixNode, count: Int)? {
        guard let first = tokens.first, let all = children[first.id] else { return nil }
        let counts = all.map { child in zip(child.tokens, tokens).prefix { $0 == $1 }.count }
        guard let best = counts.indices.max(by: { counts[$0] < counts[$1] }), counts[best] > 0 else {
            return nil
        }
        return (all[best], counts[best])
    }

    /// The children whose tokens are fewer than these and their beginning.
    func shorter(than tokens: ArraySlice<TokenKey>) -> [PrefixNode] {
        guard let first = tokens.first, let all = children[first.id] else { return [] }
        return all.filter { $0.tokens.count < tokens.count && tokens.starts(with: $0.tokens) }
    }

    /// Takes a leaf out of the tree.
    func remove() {
        guard let parent, let first = tokens.first else { return }
        parent.children[first.id]?.removeAll { $0 === self }
        if parent.children[first.id]?.isEmpty == true { parent.children[first.id] = nil }
    }
}
