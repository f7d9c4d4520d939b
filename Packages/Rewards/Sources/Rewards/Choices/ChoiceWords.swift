// The words around letters of a multiple choice: data that ChoiceMentions.swift searches for. All are in lower case.

/// Words that may be between a letter and the words that say what it is.
let choiceFillers: Set<String> = [
    "the", "an", "be", "been", "probably", "likely", "clearly", "definitely", "indeed", "simply", "obviously",
    "also", "most", "that", "to", "la", "le", "el", "die", "der", "das", "a", "o",
]

/// Words for one of the choices.
let choiceNouns: Set<String> = [
    "option", "options", "choice", "choices", "letter", "statement", "opción", "opcion", "opção", "opzione",
    "вариант", "lựa", "chọn", "pilihan", "선택지",
]

/// The same at the end of a run without spaces.
let choiceUnspacedNouns: [String] = ["选项", "選項", "選択肢"]

/// Between a refused letter and the right one: "not A but B".
let choiceTurns: Set<String> = ["but", "rather", "sondern", "sino", "mais", "而是"]

/// Before a comma and a letter: this is the answer, not what was said before.
let choiceCorrections: Set<String> = ["no", "wait", "actually"]

/// Before a colon, or before "option" or "answer": the letter that follows is not the answer.
let choiceWrongs: Set<String> = ["wrong", "incorrect", "false"]

/// Before a letter: this is the answer.
let choiceLeads: Set<String> = [
    "answer", "answers", "is", "be", "it's", "that's", "choose", "chose", "chosen", "choosing", "pick",
    "picked",
    "picking", "select", "selected", "selecting", "with", "take", "therefore", "thus", "hence", "so",
    "finally", "end", "conclusion", "conclude", "solution", "result", "final", "correct", "respuesta",
    "es", "réponse", "reponse", "est", "antwort", "ist", "lautet", "resposta", "é", "risposta", "è", "ответ",
    "đáp", "án", "là", "jawaban", "adalah", "jawabannya", "cevap", "답", "답은", "정답", "정답은", "답:", "الإجابة",
    "الجواب", "هي", "هو", "उत्तर",
]

/// The same at the end of a run without spaces.
let choiceUnspacedLeads: [String] = [
    "答案是", "答案为", "答案為", "答案选", "答案選", "答案应为", "答案应该是", "答案", "选择", "選擇", "故选", "故選", "应选",
    "應選", "应该选", "我选", "就选", "则选", "选", "選", "应为", "应该是", "是", "为", "為", "即", "正解は", "答えは", "答え", "正解",
]

/// Before a letter: this is not the answer.
let choiceRefusals: Set<String> = [
    "not", "isn't", "aren't", "wasn't", "won't", "don't", "can't", "cannot", "never", "eliminate",
    "eliminates",
    "eliminated", "eliminating", "exclude", "excludes", "excluded", "excluding", "except", "neither", "nor",
    "out", "than", "discard", "reject", "rejected", "without", "unlike", "no", "nicht", "pas", "instead",
]

/// The same at the end of a run without spaces.
let choiceUnspacedRefusals: [String] = ["不是", "不选", "不選", "不能选", "不应选", "排除", "并非", "而非", "而不是", "非", "ではなく"]

/// After a letter: it is the answer.
let choicePraise: Set<String> = [
    "correct", "right", "answer", "best", "true", "fits", "matches", "it", "correcta", "correct.", "richtig",
    "correcte", "верно", "corretta",
]

/// The same at the start of a run without spaces.
let choiceUnspacedPraise: [String] = [
    "是正确", "是正確", "正确", "正確", "对", "對", "符合", "是答案", "选项正确", "項正確", "项正确", "が正解", "が正しい", "は正しい", "选项是正确",
]

/// After a letter: it is not the answer.
let choiceBlame: Set<String> = [
    "wrong", "incorrect", "not", "isn't", "aren't", "wasn't", "cannot", "can't", "doesn't", "don't", "didn't",
    "false", "out", "eliminated", "excluded", "impossible", "no", "invalid", "never", "fails", "lacks",
    "contradicts", "ruled", "tempting", "incorrecta", "falsch", "неверно", "neither",
]

/// The same at the start of a run without spaces.
let choiceUnspacedBlame: [String] = [
    "错", "錯", "不对", "不對", "不正确", "不正確", "是错", "是錯", "不是", "不符合", "不符", "排除", "选项错", "选项不", "项错", "项不", "項錯",
    "項不", "并不", "也不", "は間違", "は誤", "ではない", "は正しくない", "は違",
]

/// Verbs and fillers between a letter and what is said of it.
let choiceVerbs: Set<String> = [
    "is", "are", "was", "were", "must", "be", "clearly", "therefore", "thus", "obviously", "definitely",
    "the",
    "a", "an", "option", "choice", "also", "both", "look", "looks", "seems", "est", "ist", "es", "it's",
    "only",
    "most", "simply", "would", "appears", "sounds", "has", "have", "does", "do", "can", "indeed", "then",
]

/// Words before which a capital "A" or "I" is a letter; before other words in lower case it is an article or pronoun.
let wordsAfterLetter: Set<String> = [
    "is", "and", "or", "because", "since", "as", "it", "was", "isn't", "cannot", "can't", "has", "does",
    "doesn't", "would", "should", "must", "fits", "matches", "but", "not", "too", "looks", "seems", "to",
]
