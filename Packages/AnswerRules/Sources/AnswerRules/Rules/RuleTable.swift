// All rules: ours first, then those of the harnesses and of the benchmarks' own scripts, mistakes included.

extension AnswerRule {
    /// All rules; the first is the default.
    public static let all: [AnswerRule] = [
        AnswerRule(
            "r1", ["all"],
            "This project's rule: reads what the answer declares, never guesses; boxes in the declared plane.",
            R1Rule.verdict),
        AnswerRule(
            "vlmevalkit.mcq", ["MMStar", "AI2D", "MMBench", "MMMU"],
            "VLMEvalKit's letter without its judge model: a letter among the last four words, a letter after "
                + "\"answer is\", or the only option within a short answer.", KitChoiceRules.choice),
        AnswerRule(
            group: "vlmevalkit.circular", ["MMBench"],
            "VLMEvalKit's circular evaluation: right if vlmevalkit.mcq is right on every rotation.",
            KitChoiceRules.circular),
        AnswerRule(
            "vlmevalkit.mmmu-open-as-mcq", ["MMMU"],
            "VLMEvalKit's open questions of MMMU: a choice between the gold and \"Other Answers\".",
            KitChoiceRules.openAsChoice),
        AnswerRule(
            "mmmu.mcq", ["MMMU"],
            "MMMU's letter: in brackets, else between blanks, else an option's text; the last one. No random letter."
        ) { MMMUChoice.verdict($0, .official) },
        AnswerRule(
            "lmms.mmmu-mcq", ["MMMU"],
            "lmms-eval's letter for MMMU: as mmmu.mcq, but a capital at the end of any word counts."
        ) { MMMUChoice.verdict($0, .lmms) },
        AnswerRule(
            "mmmu.open", ["MMMU"],
            "MMMU's open questions: a text within, or a number with two decimals, after the last \"is\", \"so\", ...",
            MMMUOpen.verdict),
        AnswerRule(
            "lmms.mmmu-open", ["MMMU"],
            "lmms-eval's open questions before its change 1471: compares single characters, so nothing is right.",
            MMMUOpen.firstCharacters),
        AnswerRule(
            "mathvista.official", ["MathVista"],
            "MathVista's comparison of an extraction: the most similar option, a truncated or rounded number, a text.",
            MathVistaRules.official),
        AnswerRule(
            "vlmevalkit.mathvista-prefetch", ["MathVista"],
            "What VLMEvalKit reads of MathVista before it asks its judge model; zero and lists are never right.",
            MathVistaRules.prefetched),
        AnswerRule(
            "vlmevalkit.mathvista-after-judge", ["MathVista"],
            "VLMEvalKit's comparison of what its judge model extracted: numbers unrounded, lists never right.",
            MathVistaRules.afterJudge),
        AnswerRule(
            "mathvision.official", ["MathVision"],
            "MATH-V's answer: a letter, a number, the last box; equal as text or as LaTeX with two decimals.",
            MathVisionRule.verdict),
        AnswerRule(
            "vlmevalkit.is-equal", ["MathVision"],
            "VLMEvalKit's comparison after its judge model: text, Python arithmetic, LaTeX without roots and pi.",
            KitEquality.verdict),
        AnswerRule(
            "mmstar.official", ["MMStar"],
            "MMStar's letter: the first character, also after \"(\", \"option \", \"the answer is \".",
            MMStarOfficial.verdict),
        AnswerRule(
            "lmms.mcq", ["MMStar"],
            "lmms-eval's letter: every place that looks like one, ranked by its form; the last of the best.",
            LmmsChoice.ranked),
        AnswerRule(
            "lmms.ai2d", ["AI2D"],
            "lmms-eval's letter for AI2D: a leading \"X.\", else the whole answer has to be the letter.",
            LmmsChoice.diagram),
        AnswerRule(
            "lmms.mmbench-prefetch", ["MMBench"],
            "What lmms-eval reads of MMBench before it asks its judge model.", LmmsChoice.prefetched),
        AnswerRule(
            "vlmevalkit.relaxed", ["ChartQA"],
            "ChartQA's relaxed accuracy in VLMEvalKit: within 5 %, or equal texts; the answer is trimmed.",
            RelaxedRules.trimmed),
        AnswerRule(
            "lmms.relaxed", ["ChartQA"],
            "ChartQA's relaxed accuracy in lmms-eval: within 5 %, or equal texts, blanks included.",
            RelaxedRules.untrimmed),
        AnswerRule(
            "vlmevalkit.refcoco", ["RefCOCO"],
            "VLMEvalKit's box: guesses from the largest number whether it is a share, thousandths or pixels.",
            measuresOverlap: true, KitBoxRule.verdict),
        AnswerRule(
            "lmms.refcoco-rec", ["RefCOCO"],
            "lmms-eval's box: the first bracket of four numbers with commas, in shares of the image.",
            measuresOverlap: true, LmmsBoxRules.shares),
        AnswerRule(
            "lmms.refcoco-grounding", ["RefCOCO"],
            "lmms-eval's grounding: the box and the space that fit the gold best. An upper bound, not a score.",
            measuresOverlap: true, LmmsBoxRules.best),
    ]
}
