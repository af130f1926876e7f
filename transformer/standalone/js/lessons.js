/**
 * Lessons: of each those steps that need no server. A step is a text and a link to a view of this page.
 *
 * @import { Given } from "./controls.js"
 * @import { Settings } from "./settings.js"
 * @typedef {Record<string, string>} Said  by language
 * @typedef {{text: Said, settings: Record<string, string>,
 *   question: {text: Said, options: Said[], answer: number} | null}} Step
 * @typedef {{name: string, title: Said, steps: Step[]}} Lesson
 */

import { choice, node } from "./controls.js";
import { hashOf, readSettings, within } from "./settings.js";

/** The choice of a lesson. @param {Lesson[]} lessons @param {Given} given @param {string} language */
export function lessonChoice(lessons, given, language) {
  const names = ["", ...lessons.map(({ name }) => name)];
  const titles = (/** @type {string} */ name) =>
    lessons.find((one) => one.name === name)?.title[language] ?? given.t("none");
  return choice(given, "lesson", given.t("Lessons"), names, titles);
}

/** The address of a step, counted from 1. @param {Lesson} lesson @param {number} number @param {Settings} settings */
export function stepHash(lesson, number, { lang }) {
  const view = new URLSearchParams(lesson.steps[number - 1].settings);
  return hashOf({ ...readSettings(`#${view}`), lesson: lesson.name, lesson_step: String(number), lang });
}

/** What stands above the view while a lesson is under way: the step's text, its question, and the ways on.
 * @param {Lesson[]} lessons @param {Given} given @param {string} language @returns {HTMLElement[]} */
export function lessonStrip(lessons, { settings, t }, language) {
  const lesson = lessons.find(({ name }) => name === settings.lesson);
  if (!lesson) return [];
  const number = Math.round(within(settings.lesson_step, 1, lesson.steps.length, 1));
  const { text, question } = lesson.steps[number - 1];
  const way = (/** @type {number} */ to, /** @type {string} */ label) =>
    lesson.steps[to - 1] ? [node("a", { href: stepHash(lesson, to, settings), textContent: label })] : [];
  const asked = question && [
    node(
      "details",
      {},
      node(
        "summary",
        {},
        `${question.text[language]} ${question.options.map((option) => option[language]).join(" / ")}`,
      ),
      question.options[question.answer][language],
    ),
  ];
  return [
    node("p", { textContent: text[language] }),
    ...(asked ?? []),
    node("p", {}, ...way(number - 1, t("Back")), ` ${number} / ${lesson.steps.length} `, ...way(number + 1, t("Next"))),
  ];
}
