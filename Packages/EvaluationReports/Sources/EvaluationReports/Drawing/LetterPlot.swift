// How often each letter is right and was read, as bars beside each other.
internal import ReportPages

/// A plot of the letters of one set.
struct LetterPlot {
    /// The identifier in the page.
    let id: String
    /// The set.
    let title: String
    /// The letters of each run that has the set, with its name and the class of its color.
    let runs: [(series: PlotSeries, counts: LetterCounts)]

    private static let (width, height, left, right, top, bottom) = (400.0, 190.0, 44.0, 390.0, 8.0, 166.0)

    /// The figure.
    var figure: Markup {
        plotFigure(id: id, title: title, note: note, [Self.gold] + runs.map(\.series), drawing)
    }

    private static let gold = PlotSeries(name: "right", style: "gold")

    private var note: String {
        guard let counts = runs.first?.counts else { return "" }
        let circular = counts.bestCircularShare.map { " (\(percent($0))% in every rotation)" } ?? ""
        return "Always answering \(counts.bestLetter): \(percent(counts.bestShare))%\(circular)."
    }

    /// The letters of all runs, and `none` for answers without one.
    private var names: [String] { Set(runs.flatMap(\.counts.letters)).sorted() + ["none"] }

    /// The share of answers of each bar: right letters of the first run, then what each run's answers were read as.
    private func shares(_ name: String) -> [Double] {
        func share(_ counts: LetterCounts, _ values: [Int]) -> Double {
            let place = counts.letters.firstIndex(of: name)
            return Double(place.map { values[$0] } ?? 0) / Double(counts.total)
        }
        let gold = runs.first.map { share($0.counts, $0.counts.gold) } ?? 0
        return [gold]
            + runs.map { name == "none" ? Double($0.1.unread) / Double($0.1.total) : share($0.1, $0.1.read) }
    }

    private var drawing: Markup {
        let names = names
        let all = names.map(shares)
        let scale = ChartScale(
            all.flatMap { $0 } + [0], isTight: false, from: Self.bottom, to: Self.top, count: 4)
        let marks = scale.marks.map { mark -> Markup in
            let y = decimal(scale.place(mark), 1)
            return """
                <path class="grid\(mark == 0 ? " zero" : "")" d="M\(decimal(Self.left, 0)) \(y)H\(decimal(Self.right, 0))"/>\
                <text class="up" x="\(decimal(Self.left - 6, 0))" y="\(y)">\(scale.text(mark, .share))</text>
                """
        }
        let step = (Self.right - Self.left) / Double(names.count)
        let bars = names.indices.map { index -> Markup in
            let start = Self.left + step * Double(index)
            let bars = self.bars(
                names[index], all[index], from: start + 0.12 * step, width: 0.76 * step, scale)
            return """
                <text class="across" x="\(decimal(start + step / 2, 1))" y="\(decimal(Self.height - 8, 0))">\(names[index])</text>
                \(bars)
                """
        }
        return """
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(summary(names, all))" data-plot="\(id)">
            \(marks)
            \(bars)
            </svg>
            """
    }

    private func bars(
        _ name: String, _ shares: [Double], from start: Double, width: Double, _ scale: ChartScale
    )
        -> [Markup]
    {
        let series = [Self.gold] + runs.map(\.series)
        let each = width / Double(series.count)
        return zip(series, shares).enumerated().map { index, pair in
            let (low, high) = (scale.place(0), scale.place(pair.1))
            return """
                <g class="\(pair.0.style)"><title>\(name), \(pair.0.name): \(percent(pair.1))%</title>\
                <rect class="column" x="\(decimal(start + each * Double(index), 1))" y="\(decimal(high, 1))" \
                width="\(decimal(max(1, each - 1), 1))" height="\(decimal(low - high, 1))"/></g>
                """
        }
    }

    /// The plot in words.
    private func summary(_ names: [String], _ shares: [[Double]]) -> String {
        let parts = zip(names, shares).map { name, values in
            let texts = zip(["right"] + runs.map(\.series.name), values).map { "\($0) \(percent($1))%" }
            return "\(name): \(texts.joined(separator: ", "))"
        }
        return "Letters of \(title). " + parts.joined(separator: "; ")
    }
}
