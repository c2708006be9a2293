import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { openBrowser } from '../end-to-end/browser.ts'

const SCREENSHOTS = fileURLToPath(new URL('../../node_modules/.cache/screenshots/', import.meta.url))

/** Sizes of screens. */
export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

/** Somebody in front of a browser of their own, who uses the web app by what can be seen and heard of it. */
export class Person {
  readonly name: string
  readonly page: Page
  /** What went wrong in the page without anybody looking: errors, and what the content security policy forbade. */
  readonly complaints: string[] = []
  readonly close: () => Promise<void>

  private constructor(name: string, page: Page, close: () => Promise<void>) {
    this.name = name
    this.page = page
    this.close = close
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      const isExpected = /WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED/.test(message.text())
      if (message.type() === 'error' && !isExpected) this.complaints.push(message.text())
    })
  }

  /** Opens a browser. */
  static async arrive(name: string, screen: { readonly width: number; readonly height: number }): Promise<Person> {
    const { context, close } = await openBrowser(screen.width, screen.height)
    return new Person(name, context.pages()[0] ?? (await context.newPage()), close)
  }

  /** Signs in by name, and waits until there is a connection. */
  async signIn(url: string): Promise<void> {
    await this.page.goto(url)
    await this.page.getByLabel('Your name').fill(this.name)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
    await this.connected()
  }

  async connected(): Promise<void> {
    await this.page
      .getByRole('status')
      .filter({ hasText: /^connected$/ })
      .waitFor({ state: 'attached' })
  }

  /** Makes a conversation with others, which opens it. */
  async create(name: string, ...others: string[]): Promise<void> {
    await this.page.getByRole('button', { name: 'New conversation' }).click()
    await this.page.getByLabel('Name', { exact: true }).fill(name)
    await this.page.getByLabel('People (optional)').fill(others.join(', '))
    await this.page.getByRole('button', { name: 'Create' }).click()
    await this.page.getByRole('heading', { name }).waitFor()
  }

  /** The line of a conversation in the list. */
  entry(name: string): Locator {
    return this.page.getByRole('list', { name: 'Conversations' }).getByRole('link').filter({ hasText: name })
  }

  async open(name: string): Promise<void> {
    await this.entry(name).click()
    await this.page.getByRole('heading', { name }).waitFor()
  }

  async back(): Promise<void> {
    await this.page.getByRole('button', { name: 'Back to the list' }).click()
  }

  /** Sends a text with the Enter key. */
  async write(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  get field(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }

  /** The messages that are in sight. */
  get messages(): Locator {
    return this.page.getByRole('list', { name: 'Messages' }).getByRole('article')
  }

  /** A message by its text. */
  message(text: string): Locator {
    return this.messages.filter({ hasText: text })
  }

  /** Waits until a message is there. */
  async sees(text: string): Promise<void> {
    await this.message(text).first().waitFor()
  }

  /** The texts of the messages that are in sight. */
  readonly texts = (): Promise<string[]> => this.messages.locator('.text').allTextContents()

  /** Chooses from the menu of a message. */
  async act(text: string, action: string): Promise<void> {
    await this.page.getByRole('article', { name: 'not sent yet' }).waitFor({ state: 'detached' })
    await this.message(text).hover()
    await this.message(text).getByRole('button', { name: 'Message actions' }).click()
    await this.page.getByRole('menuitem', { name: action }).click()
  }

  /** Chooses from the menu of the conversation. */
  async actOnConversation(action: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Conversation actions' }).click()
    await this.page.getByRole('menuitem', { name: action }).click()
  }

  /** Agrees to what a dialog asks. */
  async confirm(action: string): Promise<void> {
    await this.page.getByRole('alertdialog').getByRole('button', { name: action }).click()
    await this.page.getByRole('alertdialog').waitFor({ state: 'detached' })
  }

  /** Keeps what the page looks like, for people to look at. */
  async screenshot(name: string): Promise<void> {
    await mkdir(SCREENSHOTS, { recursive: true })
    await this.page.screenshot({ path: `${SCREENSHOTS}${name}.png` })
  }

  /** How wide the page is; more than the screen if it has to be moved sideways. */
  width(): Promise<number> {
    return this.page.evaluate<number>('document.documentElement.scrollWidth')
  }
}
