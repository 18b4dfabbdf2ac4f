"""A questionnaire whose questions come and go with answers of their own page, as text."""

STUDY = """\
format: 1
study: live
title: {en: Live}
languages: [en]
instrument: live.yaml
retention: "2030-12-31"
brands:
  - {key: alba, name: {en: Alba}}
"""

INSTRUMENT = """\
format: 1
instrument: live
version: 1
title: {en: Questions that come and go}
description: {en: For tests.}
source: Made for tests
licence: MIT
languages: [en]
lists:
  drinks:
    choices:
      - {code: hidden_tea, label: {en: Tea}}
      - {code: hidden_milk, label: {en: Milk}}
      - {code: hidden_none, label: {en: Nothing}}
      - {code: -98, label: {en: I do not know}, missing: true}
  no_answer:
    choices:
      - {code: -97, label: {en: I prefer not to say}, missing: true}
pages:
  - page: first
    title: {en: First}
    questions:
      - {name: before, type: integer, min: 0, max: 9, label: {en: A number from 0 to 9}}
  - page: asks
    title: {en: What you drink}
    questions:
      - {name: drink, type: select_one, list: drinks, required: false, label: {en: What do you drink?}}
      - {name: kinds, type: select_multiple, list: drinks, required: false, label: {en: Which have you tried?}}
      - {name: cups, type: integer, min: 0, max: 40, required: false, missing: no_answer, label: {en: How many cups?}}
      - {name: price, type: decimal, max: 50, required: false, label: {en: What is the price?}}
      - {name: last, type: date, required: false, label: {en: When was the last one?}}
      - {name: where, type: text, required: false, label: {en: Where?}}
      - {name: sugar, type: integer, max: 9, relevant: "drink == 'hidden_tea' and before < 5", label: {en: How sweet?}}
      - {name: sweet, type: integer, max: 9, relevant: "sugar > 2", label: {en: Too sweet?}}
      - {name: both, type: integer, max: 9, relevant: "drink in kinds", label: {en: How often that one?}}
      - {name: odd, type: integer, max: 9, relevant: "drink != 'hidden_tea' and not (not kinds)", label: {en: Which?}}
      - {name: dear, type: integer, max: 9, relevant: "price > 2.5", label: {en: Why so dear?}}
      - {name: much, type: integer, max: 9, relevant: "cups >= 3 and price > cups", label: {en: Is that much?}}
      - {name: late, type: integer, max: 9, relevant: "last >= '2026-03-01'", label: {en: Is it long ago?}}
      - {name: home, type: integer, max: 9, relevant: "where == 'home' or where > 'z'", label: {en: Who is there?}}
"""
