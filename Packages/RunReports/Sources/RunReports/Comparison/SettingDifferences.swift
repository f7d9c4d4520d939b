// Which settings of runs differ.

/// A setting that is not the same in all runs.
struct SettingDifference: Equatable {
    /// The path.
    let path: String
    /// The value in each run; nil where the run does not have the setting.
    let values: [String?]

    /// The settings that differ, in the order of the first run that has them.
    static func all(_ settings: [RunSettingsTable]) -> [SettingDifference] {
        var seen: Set<String> = []
        let paths = settings.flatMap { $0.entries.map(\.path) }.filter { seen.insert($0).inserted }
        let tables = settings.map { table in
            Dictionary(table.entries.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        return paths.compactMap { path in
            let values = tables.map { $0[path] }
            return Set(values).count > 1 ? SettingDifference(path: path, values: values) : nil
        }
    }
}
