// The page about one run.
internal import Basics
internal import ReportPages
internal import StrictJSON

extension RunRecords {
    /// The page about the run: one file with everything in it.
    ///
    /// Reads the groups of answers (`samples.jsonl`), the findings (`diagnosis.jsonl`) and the pictures. A picture that
    /// cannot be read or shown has a placeholder that says why.
    ///
    /// - Parameter limits: How much the page may hold.
    /// - Returns: The HTML, the same for the same records.
    /// - Throws: ``RunReportError``, which names the file and the line.
    public func htmlReport(_ limits: ReportLimits = ReportLimits()) throws -> String {
        require(limits.isUsable, "a limit of a page is negative")
        let groups = GroupsSection(
            selection: GroupSelection(
                try AnswerGroup.read(folder + "/samples.jsonl"), lastCount: limits.lastGroups,
                olderCount: limits.olderGroups, limit: limits.groupBytes))
        let findings = try Diagnosis.read(folder + "/diagnosis.jsonl")
        let followed = FollowedSection(self, limits)
        var shelf = PictureShelf(limit: limits.pictureBytes, folder: limits.pictureFolder)
        // Followed questions take a quarter at most, so that the newest groups have theirs.
        let followedPlaces = Dictionary(
            followed.pictures.map { ($0, shelf.add($0, upTo: limits.pictureBytes / 4)) },
            uniquingKeysWith: { first, _ in first })
        let newestFirst = groups.selection.groups.reversed().map { group in
            group.json(pictures: group.question.pictures.map { shelf.add($0) })
        }
        let sections =
            [ChartSection(id: "rewards", title: "Task rewards", note: rewardNote, charts: rewardCharts())]
            + metricSections()
        let parts: [(id: String, name: String, content: Markup)] =
            [("diagnosis", "Diagnosis", diagnosisSection(findings))]
            + sections.map { ($0.id, $0.title, $0.drawn) } + [
                ("groups", "Groups", groups.drawn(shelf, limits)),
                ("questions", "Questions", followed.drawn(followedPlaces)),
                ("other", "Other metrics", otherMetricsSection), ("settings", "Settings", settingsSection),
            ]
        return PageFrame(
            title: "\(RunHeader.name(folder)) · run report", header: RunHeader(records: self).drawn,
            content: contents(parts),
            data: .members([
                "charts": .object(sections.flatMap(\.data)), "pictures": shelf.json,
                "groups": .array(newestFirst.reversed()),
            ]), scripts: [PageScript.charts, PageScript.elements, groupsScript]
        ).html
    }
}
