/**
 * Runs in the pages of the site: finds sections by words, and their beginnings.
 */
import MiniSearch from 'minisearch'

const AT_MOST = 12

const field = /** @type {HTMLInputElement} */ (document.querySelector('#search'))
const list = /** @type {HTMLElement} */ (document.querySelector('#found'))
const status = /** @type {HTMLElement} */ (document.querySelector('#found-count'))
const { base = '' } = document.documentElement.dataset

/** @type {Promise<MiniSearch> | undefined} */
let loading

async function load() {
  const response = await fetch(`${base}search.json`)
  const index = new MiniSearch({
    fields: ['title', 'page', 'text'],
    storeFields: ['title', 'page', 'place'],
    searchOptions: { boost: { title: 4, page: 2 }, prefix: true, combineWith: 'AND' },
  })
  index.addAll(/** @type {any[]} */ (await response.json()))
  return index
}

/** @param {{ title: string, page: string, place: string }} found */
function lineOf({ title, page, place }) {
  const [line, link] = [document.createElement('li'), document.createElement('a')]
  link.href = base + place
  link.textContent = title === page ? title : `${page}: ${title}`
  line.append(link)
  return line
}

async function search() {
  loading ??= load()
  const index = await loading
  const found = field.value.trim() === '' ? [] : index.search(field.value)
  list.replaceChildren(...found.slice(0, AT_MOST).map((it) => lineOf(/** @type {any} */ (it))))
  status.textContent = field.value.trim() === '' ? '' : `${found.length} found`
}

field.addEventListener('input', search)
field.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return
  field.value = ''
  void search()
})
