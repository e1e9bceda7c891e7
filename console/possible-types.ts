
      export interface PossibleTypesResultData {
        possibleTypes: {
          [key: string]: string[]
        }
      }
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "ConversationEvent": [
      "ConversationChanged",
      "MessagePosted",
      "QueueMoved",
      "ReadChanged",
      "TypingChanged"
    ],
    "InboxEvent": [
      "AgentChanged",
      "ConversationArrived",
      "ConversationChanged",
      "ConversationLeft",
      "MessagePosted"
    ],
    "Participant": [
      "Agent",
      "Bot",
      "Visitor"
    ]
  }
};
      export default result;
    