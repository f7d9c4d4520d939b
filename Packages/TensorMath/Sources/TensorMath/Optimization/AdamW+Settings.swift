// The settings of the optimizer: names, ranges and what the page of settings says about them.
public import Settings

extension AdamWOptions: SettingGroup {
    /// The section `optimizer`.
    public static var settings: [Setting<Self>] {
        [
            .value("beta1", \.beta1, .number(from: 0, below: 1), "Decay of the first moment."),
            .value("beta2", \.beta2, .number(from: 0, below: 1), "Decay of the second moment."),
            .value("epsilon", \.epsilon, .nonNegative(), "Added to the root of the second moment."),
            .value(
                "weightDecay", \.weightDecay, .nonNegative(),
                "Decoupled weight decay, per step and learning rate."),
            .value(
                "decayMatricesOnly", \.decayMatricesOnly, .flag,
                "Exempt biases and norm weights from decay, as the Hugging Face trainer does."),
        ]
    }
}
