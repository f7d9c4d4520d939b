// The words for yes and no, by language: data that YesNoReader.swift searches for.

/// Where a word counts.
enum YesNoPlace: Sendable {
    /// Anywhere in an answer.
    case anywhere
    /// At the start before a sign or the end, after a verb ("is correct"), or where the answer is declared.
    case predicate
    /// At the start, or where the answer is declared: these words mean something else elsewhere.
    case start
    /// Only as the whole answer, or where the answer is declared.
    case whole
    /// Anywhere, but any other word for yes or no outweighs it: such words are also verbs of other sentences.
    case weak
}

/// The words of one language.
struct YesNoLanguage: Sendable {
    /// The name of the language.
    let language: String
    /// Where the words count.
    let place: YesNoPlace
    /// Words for yes, separated by spaces, in lower case.
    let yes: String
    /// Words for no.
    let no: String
}

/// All words, by language and place.
let yesNoLanguages: [YesNoLanguage] = [
    YesNoLanguage(language: "English", place: .anywhere, yes: "yes true", no: "no false"),
    YesNoLanguage(
        language: "English", place: .predicate, yes: "correct accurate", no: "incorrect wrong inaccurate"),
    YesNoLanguage(
        language: "English", place: .start, yes: "yeah yep yup affirmative", no: "nope nah negative"),
    YesNoLanguage(language: "signs", place: .whole, yes: "y t 1 right", no: "n f 0"),
    YesNoLanguage(
        language: "Chinese", place: .anywhere, yes: "是的 对的 對的 正确 正確 没错 沒錯 属实 屬實",
        no: "否 不是 不对 不對 没有 沒有 错误 錯誤 错的 錯的 不正确 不正確 不存在 并不 並不 并非 並非 不属实 并没有"),
    YesNoLanguage(
        language: "Chinese", place: .weak, yes: "是 有 对 對 真 可以 能 会 會 存在",
        no: "不 没 沒 无 無 错 錯 假 非 不能 不可以 不会 不會"),
    YesNoLanguage(
        language: "Japanese", place: .anywhere, yes: "はい ええ そうです 正しい あります います",
        no: "いいえ いえ 違います ちがいます 正しくない ありません いません"),
    YesNoLanguage(
        language: "Korean", place: .anywhere, yes: "예 네 맞습니다 그렇습니다 맞아요 있습니다",
        no: "아니요 아니오 아닙니다 아니 아뇨 틀렸습니다 없습니다"),
    YesNoLanguage(
        language: "Spanish", place: .start, yes: "sí si verdadero cierto correcto", no: "falso incorrecto"),
    YesNoLanguage(language: "French", place: .start, yes: "oui vrai", no: "non faux"),
    YesNoLanguage(
        language: "German", place: .start, yes: "ja wahr richtig korrekt", no: "nein falsch unwahr"),
    YesNoLanguage(language: "Portuguese", place: .start, yes: "sim verdadeiro", no: "não nao"),
    YesNoLanguage(language: "Italian", place: .start, yes: "sì vero", no: ""),
    YesNoLanguage(language: "Dutch", place: .start, yes: "waar juist", no: "nee onwaar"),
    YesNoLanguage(language: "Polish", place: .start, yes: "tak prawda", no: "nie fałsz"),
    YesNoLanguage(language: "Russian", place: .anywhere, yes: "да верно правда", no: "нет неверно ложь"),
    YesNoLanguage(language: "Ukrainian", place: .start, yes: "так правильно", no: "ні неправильно"),
    YesNoLanguage(language: "Turkish", place: .start, yes: "evet doğru", no: "hayır yanlış"),
    YesNoLanguage(language: "Vietnamese", place: .start, yes: "có đúng", no: "không sai"),
    YesNoLanguage(language: "Indonesian", place: .start, yes: "ya benar", no: "tidak salah"),
    YesNoLanguage(language: "Arabic", place: .start, yes: "نعم صحيح", no: "لا خطأ"),
    YesNoLanguage(language: "Hindi", place: .anywhere, yes: "हाँ हां सही", no: "नहीं गलत"),
]

/// Words that reverse the next word for yes or no.
let yesNoNegators: Set<String> = [
    "not", "isn't", "aren't", "wasn't", "weren't", "ain't", "never", "neither", "nie", "nicht", "pas",
]

/// Words of scripts without spaces that contain a word for yes or no but mean neither.
let yesNoNeutral: Set<String> = [
    "是否", "但是", "还是", "還是", "只是", "于是", "於是", "要是", "凡是", "总是", "總是", "可是", "若是", "或是", "就是说",
    "对于", "對於", "对面", "對面", "相对", "相對", "对比", "對比", "对象", "针对", "面对", "一对", "有些", "有人", "有的",
    "所有", "有关", "有關", "具有", "只有", "有没有", "有沒有", "是不是", "对不对", "能不能", "会不会", "可不可以", "不同", "不过",
    "不過", "不仅", "不仅仅", "不仅是", "不只", "不但", "非常", "无论", "無論", "真的吗", "会议", "机会", "社会", "可能", "能够",
    "能力", "功能", "智能", "都是", "而是", "因为", "没关系",
]

/// Words that declare an answer, and how many words after them may be it.
let yesNoLeads: [String: Int] = [
    "answer": 5, "conclusion": 5, "verdict": 5, "therefore": 1, "thus": 1, "hence": 1, "so": 1, "finally": 1,
    "respuesta": 4, "réponse": 4, "antwort": 4, "resposta": 4, "risposta": 4, "ответ": 3, "답": 2, "답은": 2,
    "정답": 2, "정답은": 2, "cevap": 3, "jawaban": 3, "答案是": 1, "答案为": 1, "答案為": 1, "答案": 1, "回答是": 1,
    "回答": 1, "结论是": 1, "結論是": 1, "所以": 1, "因此": 1, "综上": 1, "答えは": 1, "答え": 1, "正解は": 1,
]
