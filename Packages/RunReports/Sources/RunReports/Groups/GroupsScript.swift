// The script that shows groups of answers; CReportPage embeds it.
internal import CReportPage
internal import ReportPages

/// Shows the groups of answers; it needs `PageScript.elements` before it.
let groupsScript = assetText(r1_runs_groups_script)
