// The groups of answers for the script of a page.
internal import ReportPages
internal import StrictJSON

extension AnswerGroup {
    /// The group for the script; `pictures` has the place of each of its pictures on the shelf.
    func json(pictures: [Int]) -> OrderedJSON {
        .members([
            "step": .value(step), "id": .string(question.id), "task": .string(question.task),
            "question": .string(question.text), "golds": .value(question.golds),
            "pictures": .array(pictures.map { .value($0) }),
            "goldBoxes": question.hasBoxes ? PlacedBoxes(goldsOf: question).json : .null,
            "answers": .array(answers.map { json($0) }),
        ])
    }

    private func json(_ answer: GivenAnswer) -> OrderedJSON {
        .members([
            "text": .string(answer.text), "reward": .value(answer.reward),
            "accuracy": .value(answer.accuracy), "format": .value(answer.format),
            "overlong": .value(answer.overlong), "status": .string(answer.status),
            "detail": .value(answer.detail), "finish": .value(answer.finishReason),
            "advantage": .value(answer.advantage),
            "boxes": question.hasBoxes ? PlacedBoxes(answer, question).json : .null,
        ])
    }
}
