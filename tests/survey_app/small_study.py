"""A small study with one of everything a respondent meets: the texts of its two files."""

import hashlib
from datetime import UTC, datetime

from survey_app.store import studies

STUDY = """\
format: 1
study: coffee
title: {en: Coffee, zh: 咖啡}
languages: [en, zh]
instrument: small
brands:
  - {key: alba, name: {en: Alba & Sons, zh: 阿尔巴}}
  - {key: brio, name: {en: Brio, zh: 布里奥}}
  - {key: cova, name: {en: Cova, zh: 科瓦}}
"""

INSTRUMENT = """\
format: 1
instrument: small
version: 1
title: {en: People and coffee, zh: 人与咖啡}
description: {en: One of everything., zh: 各有一个。}
source: Made for tests
licence: MIT
languages: [en, zh]
lists:
  agree:
    choices:
      - {code: 1, label: {en: Disagree, zh: 不同意}}
      - {code: 2, label: {en: Neither, zh: 中立}}
      - {code: 3, label: {en: Agree, zh: 同意}}
      - {code: -98, label: {en: I do not know, zh: 不知道}, missing: true}
  places:
    choices:
      - {code: secret_code_home, label: {en: At home, zh: 在家}}
      - {code: secret_code_out, label: {en: Elsewhere, zh: 在外}}
  brands: {source: brands}
scales:
  warm:
    label: {en: Warmth, zh: 温情}
    list: agree
    dimension: warm
    items:
      - {name: warm1, label: {en: "I like ${brand}.", zh: "我喜欢${brand}。"}}
      - {name: warm2, label: {en: "I would miss ${brand}.", zh: "我会想念${brand}。"}}
pages:
  - page: welcome
    title: {en: Welcome, zh: 欢迎}
    questions:
      - name: consent
        type: consent
        label: {en: Taking part is voluntary., zh: 自愿参与。}
        hint: {en: I agree., zh: 我同意。}
  - page: screener
    title: {en: About you, zh: 关于您}
    screen_out: "age < 18"
    questions:
      - name: age
        type: integer
        min: 1
        max: 120
        label: {en: How old are you?, zh: 您多大？}
        hint: {en: In years, zh: 周岁}
      - {name: place, type: select_one, list: places, label: {en: Where do you drink it?, zh: 您在哪里喝？}}
  - page: awareness
    title: {en: Brands, zh: 品牌}
    questions:
      - name: aware
        type: select_multiple
        list: brands
        required: false
        label: {en: Which do you know?, zh: 您知道哪些？}
  - loop: brand
    eligible: [aware]
    at_most: 2
    pages:
      - page: statements
        title: {en: "You and ${brand}", zh: "您与${brand}"}
        questions:
          - {type: matrix, scales: [warm], label: {en: Do you agree?, zh: 您同意吗？}}
  - page: words
    title: {en: In your words, zh: 用您的话说}
    questions:
      - {name: words, type: text, required: false, max_length: 500, label: {en: Anything else?, zh: 还有什么？}}
"""


def publish_small_study(store, *, simulated=False, field="", key="coffee"):
    """Publish the study; `simulated` makes it a demonstration, `field` is more of its file, `key` another name."""
    study_text = STUDY.replace("study: coffee", f"study: {key}") + ("simulated: true\n" if simulated else "") + field
    with store.transaction() as tx:
        return studies.publish(
            tx,
            key,
            study_text=study_text,
            instrument_text=INSTRUMENT,
            digest=hashlib.sha256(study_text.encode()).hexdigest(),
            instrument_digest="small",
            now=datetime(2026, 3, 1, tzinfo=UTC),
        )
