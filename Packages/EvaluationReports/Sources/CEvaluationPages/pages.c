// The files of the folder Assets as bytes of the program.
#include "CEvaluationPages.h"

static const uint8_t gallery_js[] = {
#embed "../EvaluationReports/Assets/gallery.js"
};
static const uint8_t evaluation_css[] = {
#embed "../EvaluationReports/Assets/evaluation.css"
};

const uint8_t *r1_evaluations_gallery_script(size_t *count) {
    *count = sizeof gallery_js;
    return gallery_js;
}

const uint8_t *r1_evaluations_style(size_t *count) {
    *count = sizeof evaluation_css;
    return evaluation_css;
}
