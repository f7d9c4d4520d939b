// The correction for several tests.

/// P-values adjusted for their number by the method of Holm (1979), in the order given.
///
/// The i-th smallest of m, from 0, becomes the largest (m - j) p(j) of all j up to i, at most 1. The chance of any false
/// finding among those below 0.05 is then at most 5%.
func holmAdjusted(_ values: [Double]) -> [Double] {
    var (adjusted, most) = (values, 0.0)
    for (place, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
        most = max(most, min(1, Double(values.count - place) * values[index]))
        adjusted[index] = most
    }
    return adjusted
}
