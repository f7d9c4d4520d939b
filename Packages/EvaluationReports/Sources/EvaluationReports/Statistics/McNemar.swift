// McNemar's test of two paired shares.
internal import Foundation

/// Compares two answers to each question by the questions that only one of them got right.
struct McNemar: Equatable {
    /// Questions that only the first run got right, and only the second.
    let onlyFirst, onlySecond: Int

    /// Questions on which the runs differ.
    var discordant: Int { onlyFirst + onlySecond }

    private var fair: Binomial { Binomial(count: discordant, probability: 0.5) }

    /// The exact two-sided p: min(1, 2 P(X <= min(b, c))) with X ~ Binomial(b + c, 1/2).
    var exact: Double { min(1, 2 * fair.atMost(min(onlyFirst, onlySecond))) }

    /// The mid-p: the exact p with half the mass of the observed counts on each side (Fagerland, Lydersen, Laake 2013).
    var midP: Double {
        let (fair, fewer) = (fair, min(onlyFirst, onlySecond))
        return discordant == 0 ? 1 : min(1, 2 * fair.atMost(fewer) - fair.mass(fewer))
    }

    /// The statistic with Edwards' correction, (|b - c| - 1)² / (b + c); 0 without discordant questions.
    var corrected: Double {
        guard discordant > 0 else { return 0 }
        let gap = abs(Double(onlyFirst - onlySecond)) - 1
        return gap * gap / Double(discordant)
    }

    /// Its p from the chi-squared distribution with one degree of freedom: erfc(sqrt(x / 2)).
    var correctedP: Double { erfc((corrected / 2).squareRoot()) }
}
