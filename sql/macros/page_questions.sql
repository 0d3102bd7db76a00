-- Questions that a page of a code answers, made from its figures (a row of code_page before its last step).
-- grain: one list of question and answer
-- reads: its arguments
-- rule: a question without an answer is left out.
create or replace macro page_questions(
  code, release, work, outside, inside, payments, reason, global_period, comparison, history, assistant, added_on, ended_on, specialties
) as
  list_filter(
    [
      {
        'question': 'What is the work RVU of ' || code || '?',
        'answer': 'The work RVU is ' || work || ' in ' || release || '. The total RVU, which the payment follows from, is '
          || outside || ' outside facilities and ' || inside || ' in facilities.'
      },
      {
        'question': 'What does Medicare allow for ' || code || '?',
        'answer': coalesce(payments, 'There is no price. ' || reason || '.')
      },
      {
        'question': 'What is the global period of ' || code || '?',
        'answer': global_period || '.'
      },
      {
        'question': 'How does ' || code || ' compare with other codes?',
        'answer': comparison
      },
      {
        'question': 'Has ' || code || ' changed?',
        'answer': history
      },
      {
        'question': 'Since when is there a code ' || code || '?',
        'answer': 'CMS added it on ' || added_on || coalesce(', and it ended on ' || ended_on, '') || '.'
      },
      {
        'question': 'Which specialties use ' || code || '?',
        'answer': specialties
      },
      {
        'question': 'Is an assistant at surgery paid for ' || code || '?',
        'answer': assistant || '.'
      }
    ],
    lambda entry: entry.answer is not null
  );
