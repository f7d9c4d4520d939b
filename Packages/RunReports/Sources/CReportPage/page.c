// The files of the folder Assets as bytes of the program.
#include "CReportPage.h"

static const uint8_t groups_js[] = {
#embed "../RunReports/Assets/groups.js"
};

const uint8_t *r1_runs_groups_script(size_t *count) {
    *count = sizeof groups_js;
    return groups_js;
}
