// The files of the web page as bytes of the program. A new file is three lines here and one in the table.
#include "CPage.h"

static const uint8_t index_html[] = {
#embed "../Serving/Page/index.html"
};
static const uint8_t icon_svg[] = {
#embed "../Serving/Page/icon.svg"
};
static const uint8_t keep_pictures_js[] = {
#embed "../Serving/Page/keep/pictures.js"
};
static const uint8_t keep_settings_js[] = {
#embed "../Serving/Page/keep/settings.js"
};
static const uint8_t keep_storage_js[] = {
#embed "../Serving/Page/keep/storage.js"
};
static const uint8_t keep_transfer_js[] = {
#embed "../Serving/Page/keep/transfer.js"
};
static const uint8_t main_js[] = {
#embed "../Serving/Page/main.js"
};
static const uint8_t style_css[] = {
#embed "../Serving/Page/style.css"
};
static const uint8_t talk_answer_js[] = {
#embed "../Serving/Page/talk/answer.js"
};
static const uint8_t talk_api_js[] = {
#embed "../Serving/Page/talk/api.js"
};
static const uint8_t talk_boxes_js[] = {
#embed "../Serving/Page/talk/boxes.js"
};
static const uint8_t talk_conversation_js[] = {
#embed "../Serving/Page/talk/conversation.js"
};
static const uint8_t talk_events_js[] = {
#embed "../Serving/Page/talk/events.js"
};
static const uint8_t talk_exchange_js[] = {
#embed "../Serving/Page/talk/exchange.js"
};
static const uint8_t theme_js[] = {
#embed "../Serving/Page/theme.js"
};
static const uint8_t view_answer_card_js[] = {
#embed "../Serving/Page/view/answer-card.js"
};
static const uint8_t view_composer_js[] = {
#embed "../Serving/Page/view/composer.js"
};
static const uint8_t view_dom_js[] = {
#embed "../Serving/Page/view/dom.js"
};
static const uint8_t view_markdown_js[] = {
#embed "../Serving/Page/view/markdown.js"
};
static const uint8_t view_picture_card_js[] = {
#embed "../Serving/Page/view/picture-card.js"
};
static const uint8_t view_settings_dialog_js[] = {
#embed "../Serving/Page/view/settings-dialog.js"
};
static const uint8_t view_sidebar_js[] = {
#embed "../Serving/Page/view/sidebar.js"
};
static const uint8_t view_toast_js[] = {
#embed "../Serving/Page/view/toast.js"
};
static const uint8_t view_turns_js[] = {
#embed "../Serving/Page/view/turns.js"
};

#define FILE(path, bytes) {path, bytes, sizeof bytes}

const r1_page_file r1_page_files[] = {
    FILE("index.html", index_html),
    FILE("icon.svg", icon_svg),
    FILE("keep/pictures.js", keep_pictures_js),
    FILE("keep/settings.js", keep_settings_js),
    FILE("keep/storage.js", keep_storage_js),
    FILE("keep/transfer.js", keep_transfer_js),
    FILE("main.js", main_js),
    FILE("style.css", style_css),
    FILE("talk/answer.js", talk_answer_js),
    FILE("talk/api.js", talk_api_js),
    FILE("talk/boxes.js", talk_boxes_js),
    FILE("talk/conversation.js", talk_conversation_js),
    FILE("talk/events.js", talk_events_js),
    FILE("talk/exchange.js", talk_exchange_js),
    FILE("theme.js", theme_js),
    FILE("view/answer-card.js", view_answer_card_js),
    FILE("view/composer.js", view_composer_js),
    FILE("view/dom.js", view_dom_js),
    FILE("view/markdown.js", view_markdown_js),
    FILE("view/picture-card.js", view_picture_card_js),
    FILE("view/settings-dialog.js", view_settings_dialog_js),
    FILE("view/sidebar.js", view_sidebar_js),
    FILE("view/toast.js", view_toast_js),
    FILE("view/turns.js", view_turns_js),
};

const size_t r1_page_file_count = sizeof r1_page_files / sizeof r1_page_files[0];

const r1_page_file *r1_page_file_at(size_t index) { return &r1_page_files[index]; }
