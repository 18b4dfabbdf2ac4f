"""A small questionnaire with one of everything, as text and as a value."""

import pytest
from ruamel.yaml import YAML

from instruments.catalogue import load_catalogue
from instruments.interview import Interview
from instruments.model import Instrument
from instruments.study_file import Brand

SMALL = """\
format: 1
instrument: small
version: 1
title: {en: Small, zh: 小}
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
      - {code: -98, label: {en: Don't know, zh: 不知道}, missing: true}
  kept:
    choices:
      - {code: 1, label: {en: Kept, zh: 做到}}
      - {code: 2, label: {en: Broken, zh: 没做到}}
      - {code: 3, label: {en: Never arose, zh: 没遇到}}
  yes_no:
    choices:
      - {code: 1, label: {en: Yes, zh: 是}}
      - {code: 2, label: {en: No, zh: 否}}
  brands: {source: brands}
  used_brands:
    source: brands
    extra:
      - {code: none, label: {en: None of these, zh: 都没有}}
      - {code: -97, label: {en: I would rather not say, zh: 不便说}, missing: true}
  families:
    source: families
    extra:
      - {code: none_fits, label: {en: None fits, zh: 都不合适}}
      - {code: -97, label: {en: I would rather not say, zh: 不便说}, missing: true}
  relationships:
    source: relationships
    extra:
      - {code: none_fits, label: {en: None fits, zh: 都不合适}}
scales:
  warm:
    label: {en: Warmth, zh: 热情}
    list: agree
    dimension: warm
    items:
      - {name: warm1, set: a, label: {en: "I like ${brand}.", zh: "我喜欢${brand}。"}}
      - {name: warm2, set: b, label: {en: "I enjoy ${brand}.", zh: "我享受${brand}。"}}
      - {name: warm3, set: c, label: {en: "I miss ${brand}.", zh: "我想念${brand}。"}, reversed: true}
  cold:
    label: {en: Coldness, zh: 冷淡}
    list: agree
    dimension: cold
    items:
      - {name: cold1, set: a, label: {en: "I avoid ${brand}.", zh: "我回避${brand}。"}}
      - {name: cold2, set: b, label: {en: "I dread ${brand}.", zh: "我害怕${brand}。"}}
      - {name: cold3, set: c, label: {en: "I doubt ${brand}.", zh: "我怀疑${brand}。"}}
rules:
  families:
    care: {en: Care, zh: 关心}
  importance_list: agree
  experience_list: kept
  experience: {kept: 1, broken: 2, never_arose: 3}
  importance_shown: 4
  experience_shown: 3
  shared: 2
  rules:
    - {name: answers, family: care, label: {en: it answers, zh: 会回答}, short: {en: Answers, zh: 回答}}
    - {name: listens, family: care, label: {en: it listens, zh: 会听}, short: {en: Listens, zh: 倾听}}
    - {name: repairs, family: care, label: {en: it repairs, zh: 会修}, short: {en: Repairs, zh: 修理}}
    - {name: thanks, family: care, label: {en: it thanks, zh: 会感谢}, short: {en: Thanks, zh: 感谢}}
    - {name: waits, family: care, label: {en: it waits, zh: 会等}, short: {en: Waits, zh: 等待}}
    - {name: warns, family: care, label: {en: it warns, zh: 会提醒}, short: {en: Warns, zh: 提醒}}
planned_missing: {sets: [a, b, c], show: 2}
chances: {full_pick: 0.5}
pages:
  - page: welcome
    title: {en: Welcome, zh: 欢迎}
    questions:
      - {name: agreed, type: consent, label: {en: I take part., zh: 我参加。}}
  - page: about_you
    title: {en: You, zh: 您}
    screen_out: age < 18
    questions:
      - {name: age, type: integer, min: 1, max: 120, label: {en: Your age?, zh: 年龄？}}
      - {name: works, type: select_one, list: yes_no, label: {en: Do you work?, zh: 您工作吗？}}
      - {name: job, type: text, max_length: 20, relevant: works == 1, label: {en: As what?, zh: 什么工作？}}
  - page: awareness
    title: {en: Brands, zh: 品牌}
    questions:
      - name: aware
        type: select_multiple
        list: brands
        required: false
        random_order: true
        label: {en: Which do you know?, zh: 您知道哪些？}
  - page: usage
    title: {en: Use, zh: 使用}
    questions:
      - name: used
        type: select_multiple
        list: used_brands
        choice_filter: brand in aware
        random_order: true
        max: 3
        label: {en: Which have you used?, zh: 您用过哪些？}
  - loop: brand
    eligible: [used, aware]
    at_most: 2
    offer: {name: one_more, type: select_one, list: yes_no, label: {en: One more?, zh: 再来一个？}}
    pages:
      - page: feelings
        title: {en: "You and ${brand}", zh: "您和${brand}"}
        questions:
          - {type: matrix, scales: [warm, cold], label: {en: Do you agree?, zh: 您同意吗？}}
      - page: family
        title: {en: Now, zh: 现在}
        questions:
          - {name: current_family, type: select_one, list: families, label: {en: Which?, zh: 哪种？}}
      - page: relationship
        title: {en: Now, zh: 现在}
        relevant: current_family != 'none_fits'
        questions:
          - name: current_relationship
            type: select_one
            list: relationships
            choice_filter: family == current_family
            label: {en: Which?, zh: 哪种？}
      - page: wanted
        title: {en: Wanted, zh: 想要}
        relevant: brand in used
        questions:
          - {name: as_wanted, type: select_one, list: yes_no, label: {en: As you want it?, zh: 是您想要的吗？}}
      - page: desired
        title: {en: Wanted, zh: 想要}
        relevant: as_wanted == 2 or full_pick
        questions:
          - {name: desired_family, type: select_one, list: families, label: {en: Which?, zh: 哪种？}}
      - page: rules
        title: {en: Rules, zh: 规则}
        questions:
          - {type: matrix, rules: experience, label: {en: "Has ${brand} kept this?", zh: "${brand}做到了吗？"}}
          - {name: satisfaction, type: select_one, list: agree, label: {en: I am satisfied., zh: 我满意。}}
  - page: importance
    about: drawn_brand
    title: {en: "What matters with ${brand}", zh: "与${brand}，什么重要"}
    questions:
      - {type: matrix, rules: importance, label: {en: "Does it matter that …", zh: "重要吗？"}}
  - page: last
    title: {en: Last, zh: 最后}
    questions:
      - {name: bye, type: note, label: {en: One last question., zh: 最后一题。}}
      - {name: comment, type: text, required: false, label: {en: Anything else?, zh: 还有吗？}}
picks:
  current: {family: current_family, relationship: current_relationship}
  as_wanted: as_wanted
  desired: {family: desired_family}
outcomes:
  satisfaction: {item: satisfaction, primary: true, label: {en: Satisfaction, zh: 满意度}}
person: {age: age}
"""


@pytest.fixture(scope="session")
def small_yaml():
    """The small questionnaire as text."""
    return SMALL


@pytest.fixture(scope="session")
def small():
    """The small questionnaire as a value."""
    return Instrument.model_validate(YAML(typ="safe", pure=True).load(SMALL))


@pytest.fixture(scope="session")
def interview(small):
    """The small questionnaire about four brands."""
    brands = [Brand(key=key, name={"en": key.title(), "zh": f"品牌{key}"}) for key in ("ash", "birch", "cedar", "elm")]
    return Interview(small, brands, load_catalogue())
