import { KeyRound, MessageCircleMore, UserRound } from 'lucide-react'
import { useState } from 'react'
import { Tab, TabList, TabPanel, TabPanels, Tabs } from 'react-aria-components/Tabs'
import { NameForm } from './name-form.tsx'
import type { Person } from './person.ts'
import { TokenForm } from './token-form.tsx'

/** The first page: who are you? */
export function SignInPage({ signIn }: { readonly signIn: (person: Person) => void }) {
  const [way, setWay] = useState<'name' | 'token'>('name')
  const [problem, setProblem] = useState('')
  const inProduction = (text: string) => {
    setProblem(text)
    setWay('token')
  }
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <header>
          <span className="logo" aria-hidden="true">
            <MessageCircleMore />
          </span>
          <h1>Conversa</h1>
          <p>Conversations on your own server.</p>
        </header>
        <Tabs className="tabs" selectedKey={way} onSelectionChange={(key) => setWay(key === 'token' ? 'token' : 'name')}>
          <TabList className="tab-list" aria-label="Ways to sign in">
            <Tab id="name" className="tab">
              <UserRound aria-hidden="true" /> By name
            </Tab>
            <Tab id="token" className="tab">
              <KeyRound aria-hidden="true" /> By token
            </Tab>
          </TabList>
          <p className="error" role="alert">
            {problem}
          </p>
          <TabPanels>
            <TabPanel id="name">
              <NameForm signIn={signIn} inProduction={inProduction} fail={setProblem} />
            </TabPanel>
            <TabPanel id="token">
              <TokenForm signIn={signIn} />
            </TabPanel>
          </TabPanels>
        </Tabs>
      </div>
    </main>
  )
}
