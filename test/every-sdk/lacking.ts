// table

/** Members that a version of the SDK does not have, by the reason. Scenarios that need them are not made for it. */
export const LACKING: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '3.0.1': {
    'Roles are given by back ends alone with the SDKs of the vendor.': ['Conversation.getRoles', 'Participant.updateRole'],
  },
  '2.4.0': {
    'Roles are given by back ends alone with the SDKs of the vendor.': ['Conversation.getRoles', 'Participant.updateRole'],
    'E-mail recipients came with 3.0.': ['Conversation.getMessageRecipients', 'Message.getMessageRecipients'],
  },
  '1.1.0': {
    'Addresses of conversations came with 2.x.': ['Conversation.bindings'],
    'Roles are given by back ends alone with the SDKs of the vendor.': ['Conversation.getRoles', 'Participant.updateRole'],
    'There is one way to begin in 1.x, `Client.create`, which rejects: the events of a start came with 2.x.': [
      'Client.initFailed',
      'Client.initialized',
      'Client.stateChanged',
    ],
    'Messages with several files, and those that are built, came with 2.x; a message of 1.x has a text or one file.': [
      'CancellablePromise.cancel',
      'Client.getTemporaryContentUrlsForMedia',
      'Client.getTemporaryContentUrlsForMediaSids',
      'Conversation.prepareMessage',
      'Message.attachTemporaryUrlsFor',
      'Message.getEmailBody',
      'Message.getEmailHistory',
      'Message.getMediaByCategories',
      'Message.getMediaByCategory',
      'Message.getTemporaryContentUrlsForAttachedMedia',
      'Message.getTemporaryContentUrlsForMedia',
      'Message.getTemporaryContentUrlsForMediaSids',
      'MessageBuilder.addMedia',
      'MessageBuilder.build',
      'MessageBuilder.buildAndSend',
      'MessageBuilder.setAttributes',
      'MessageBuilder.setBody',
      'MessageBuilder.setContentTemplate',
      'MessageBuilder.setEmailBody',
      'MessageBuilder.setEmailHistory',
      'MessageBuilder.setSubject',
      'UnsentMessage.send',
    ],
    'Content templates came with 2.x, and what belongs to the way of a message to a phone.': [
      'Client.getContentTemplates',
      'ContentTemplateVariable.copyWithValue',
      'Message.getChannelMetadata',
      'Message.getContentData',
    ],
    'E-mail recipients came with 3.0.': ['Conversation.getMessageRecipients', 'Message.getMessageRecipients'],
    'Conversations that one is not in could not be looked at in 1.x, and a device could only end its own registration.': [
      'Client.peekConversationBySid',
      'Client.removePushRegistrations',
    ],
    'Listeners that hear what was told before they listened came with 2.x.': [
      'Client.addListenerWithReplay',
      'Client.onWithReplay',
      'Client.onceWithReplay',
    ],
  },
}

/** What no scenario can hold on all SDKs, by the reason. */
export const APART: Readonly<Record<string, readonly string[]>> = {
  'The vendor’s tells it before anybody can have the object, ours when one that was left is followed again. `Client` tells the same.':
    ['User.userSubscribed'],
}
