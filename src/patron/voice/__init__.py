"""What customers say, asked or not, and whom to ask next."""

from __future__ import annotations

from patron.voice.bands import bands, standing_when_asked
from patron.voice.question_bank import BANK, QUESTIONNAIRES, SurveyQuestion, questionnaire
from patron.voice.sample import stratified_sample
from patron.voice.survey_plan import survey_plan
from patron.voice.surveys import answers, surveyed
from patron.voice.themes import Themes
from patron.voice.themes_segments import themes_by_segment
from patron.voice.voice import voice

__all__ = [
    "BANK",
    "QUESTIONNAIRES",
    "SurveyQuestion",
    "Themes",
    "answers",
    "bands",
    "questionnaire",
    "standing_when_asked",
    "stratified_sample",
    "survey_plan",
    "surveyed",
    "themes_by_segment",
    "voice",
]
