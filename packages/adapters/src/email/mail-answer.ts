/** What an e-mail that came in is answered with when it is not taken. */
export class MailAnswer extends Error {
  /** Of SMTP: 4xx is to be tried again, 5xx holds. */
  readonly responseCode: number

  /** @param text one line, beginning with an enhanced status code (RFC 3463) */
  constructor(responseCode: number, text: string) {
    super(text)
    this.responseCode = responseCode
  }
}
