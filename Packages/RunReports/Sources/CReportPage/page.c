// The files of the folder Assets as bytes of the program. A new file is three lines here and one in the table.
#include "CReportPage.h"

static const uint8_t charts_js[] = {
#embed "../RunReports/Assets/charts.js"
};
static const uint8_t groups_js[] = {
#embed "../RunReports/Assets/groups.js"
};
static const uint8_t page_html[] = {
#embed "../RunReports/Assets/page.html"
};
static const uint8_t style_css[] = {
#embed "../RunReports/Assets/style.css"
};

#define FILE(name, bytes) {name, bytes, sizeof bytes}

static const r1_report_asset assets[] = {
    FILE("charts.js", charts_js),
    FILE("groups.js", groups_js),
    FILE("page.html", page_html),
    FILE("style.css", style_css),
};

const size_t r1_report_asset_count = sizeof assets / sizeof assets[0];

const r1_report_asset *r1_report_asset_at(size_t index) { return &assets[index]; }
