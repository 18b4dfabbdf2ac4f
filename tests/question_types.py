"""A questionnaire with every type of question that is not chosen from a list, as text, and how to answer it."""

STUDY = """\
format: 1
study: types
title: {en: Types, zh: 题型}
languages: [en, zh]
instrument: types
retention: 2030-12-31
brands:
  - {key: alba, name: {en: Alba, zh: 阿尔巴}}
  - {key: brio, name: {en: Brio, zh: 布里奥}}
"""

INSTRUMENT = """\
format: 1
instrument: types
version: 1
title: {en: How you shop, zh: 您的购物}
description: {en: Every type., zh: 各种题型。}
source: Made for tests
licence: MIT
languages: [en, zh]
lists:
  motives:
    choices:
      - {code: price, label: {en: The price, zh: 价格}}
      - {code: taste, label: {en: The taste, zh: 味道}}
      - {code: habit, label: {en: Habit, zh: 习惯}}
      - {code: staff, label: {en: The people who serve me, zh: 服务人员}}
  pairs:
    choices:
      - {code: friends, label: {en: Like good friends, zh: 像好朋友}}
      - {code: partners, label: {en: Like business partners, zh: 像生意伙伴}}
      - {code: parent, label: {en: Like a parent and a child, zh: 像父母与孩子}}
      - {code: strangers, label: {en: Like strangers in a lift, zh: 像电梯里的陌生人}}
      - {code: rivals, label: {en: Like rivals, zh: 像对手}}
      - {code: neighbours, label: {en: Like neighbours, zh: 像邻居}}
  no_answer:
    choices:
      - {code: -97, label: {en: I prefer not to say, zh: 不便透露}, missing: true}
      - {code: -96, label: {en: Does not apply to me, zh: 不适用}, missing: true}
pages:
  - page: amounts
    title: {en: What you spend, zh: 您的花费}
    questions:
      - name: warmth
        type: range
        max: 100
        step: 5
        low: {en: Cold, zh: 冷淡}
        high: {en: Warm, zh: 热情}
        missing: no_answer
        label: {en: How warm are your feelings about coffee bars?, zh: 您对咖啡馆的感觉有多热情？}
      - {name: price, type: decimal, max: 20, label: {en: What does a cup cost where you drink it?, zh: 一杯多少钱？}}
      - name: last
        type: date
        earliest: "2020-01-01"
        latest: "2026-03-01"
        required: soft
        missing: no_answer
        label: {en: When were you last in a coffee bar?, zh: 您上次去咖啡馆是哪天？}
  - page: motives
    title: {en: Why you go there, zh: 您为什么去}
    questions:
      - name: motive
        type: rank
        list: motives
        max: 3
        random_order: true
        missing: no_answer
        hint: {en: 1 is the most important., zh: 1表示最重要。}
        label: {en: Which three matter most?, zh: 哪三项最重要？}
      - name: weight
        type: constant_sum
        list: motives
        total: 100
        required: soft
        missing: no_answer
        label: {en: Share out 100 points by how much each matters., zh: 请按重要程度分配100分。}
  - page: pick
    title: {en: You and your coffee bar, zh: 您和您的咖啡馆}
    questions:
      - name: pair
        type: best_worst
        list: pairs
        show: 4
        sets: 3
        low: {en: Least like us, zh: 最不像}
        high: {en: Most like us, zh: 最像}
        label: {en: What are the two of you most and least like?, zh: 你们最像和最不像哪种关系？}
  - page: cheap
    relevant: motive_price == 1 and weight_price >= 40 and price < 2.5 and last > '2026-01-01'
    title: {en: The price, zh: 价格}
    questions:
      - {name: bargain, type: text, required: soft, label: {en: Where is it cheaper?, zh: 哪里更便宜？}}
"""
ANSWERS = {
    "warmth": ["35"],
    "price": ["2,40"],
    "last": ["2026-02-14"],
    "motive_price": ["1"],
    "motive_taste": ["3"],
    "motive_habit": ["2"],
    "motive_staff": [""],
    "weight_price": ["60"],
    "weight_taste": [""],
    "weight_habit": ["40"],
    "weight_staff": ["0"],
    "bargain": ["At home"],
}
