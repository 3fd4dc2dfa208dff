import { ROLES } from '../../access/role.js';
import type { Catalogue } from '../../audit/catalogue/catalogue.js';
import { wordsIn } from './identify.js';

/** Words with which Reeve itself writes: whoever calls themselves so is not to be looked for in all texts. */
const OWN =
  'reeve system console local owner whatsapp role user whitelist case entry entries person erased from was';

/** The words of the record itself. A name of nothing but these would be found everywhere. */
export function vocabularyOf({ all }: Pick<Catalogue, 'all'>): ReadonlySet<string> {
  const words = new Set(wordsIn(`${OWN} ${ROLES.join(' ')}`));
  for (const { name, category, verb, entityType, description } of all)
    for (const word of wordsIn(`${name} ${category} ${verb} ${entityType ?? ''} ${description}`))
      words.add(word);
  return words;
}
