// The names of PEFT's files for the modules of a model.
internal import Checkpoint

/// PEFT's names for the changes of a model's linear layers.
///
/// PEFT names modules as transformers has them in memory, which is the style `nested` for models that see and the
/// canonical one for text models.
public struct AdapterNames {
    private let table: KeyTable
    private let style: WeightStyle

    /// The names for a configured model.
    public init(_ configuration: ModelConfiguration) {
        table = KeyTable(configuration)
        style = table.styles.contains(.nested) ? .nested : .hf
    }

    /// A module's name in `target_modules`.
    ///
    /// - Parameter module: The canonical name of a linear layer, such as `model.layers.0.self_attn.q_proj`.
    /// - Returns: Its name, such as `model.language_model.layers.0.self_attn.q_proj`; nil for a module that the style
    ///   stores as part of another one.
    public func module(_ module: String) -> String? {
        table.publicName(module + ".weight", style: style).map { String($0.dropLast(".weight".count)) }
    }

    /// The name in the file for a canonical parameter: `MODULE.lora_A.weight` or `MODULE.lora_B.weight`.
    public func stored(_ parameter: String) -> String? {
        for part in [".lora_A.weight", ".lora_B.weight"] where parameter.hasSuffix(part) {
            return module(String(parameter.dropLast(part.count))).map { "base_model.model.\($0)\(part)" }
        }
        return nil
    }
}
