// The files of the folder Assets as bytes of the program.
#include "CReportPages.h"

#define ASSET(function, bytes) \
    const uint8_t *function(size_t *count) { *count = sizeof bytes; return bytes; }

static const uint8_t charts_js[] = {
#embed "../ReportPages/Assets/charts.js"
};
static const uint8_t elements_js[] = {
#embed "../ReportPages/Assets/elements.js"
};
static const uint8_t page_html[] = {
#embed "../ReportPages/Assets/page.html"
};
static const uint8_t style_css[] = {
#embed "../ReportPages/Assets/style.css"
};

ASSET(r1_pages_charts_script, charts_js)
ASSET(r1_pages_elements_script, elements_js)
ASSET(r1_pages_frame, page_html)
ASSET(r1_pages_style, style_css)
