/** The documents of an API that uses most of what is supported. */
export const CHAT_DOCUMENTS = {
  'openapi.yaml': `openapi: 3.2.0
info: { title: Chat, version: 2.1.0 }
security:
  - bearerKey: []
paths:
  /chats:
    get:
      operationId: listChats
      summary: List chats
      description: Newest first.
      parameters:
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100, default: 20 } }
        - { name: tags, in: query, explode: false, schema: { type: array, items: { type: string } } }
        - { name: Accept, in: header, schema: { type: string } }
      responses:
        '200':
          description: Chats.
          content:
            application/json:
              schema: { type: array, items: { $ref: '#/components/schemas/Chat' } }
        '401': { $ref: '#/components/responses/Unauthorized' }
  /chats/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string, minLength: 1 } }
    delete:
      operationId: deleteChat
      summary: Delete a chat
      deprecated: true
      security: []
      responses:
        '204': { description: It is gone. }
        default: { $ref: '#/components/responses/Unauthorized' }
    post:
      operationId: ask
      summary: Ask
      x-stream-switch: { field: mode, stream: live, single: once }
      parameters:
        - { name: Idempotency-Key, in: header, schema: { type: string } }
        - { name: Last-Event-ID, in: header, schema: { type: string } }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [text]
              additionalProperties: false
              properties:
                text: { type: string, maxLength: 10 }
                mode: { enum: [live, once] }
                sent_at: { type: string, format: date-time }
      responses:
        '200':
          description: The answer.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Answer' }
            text/event-stream:
              itemSchema:
                oneOf:
                  - type: object
                    required: [data]
                    properties:
                      data:
                        type: string
                        contentMediaType: application/json
                        contentSchema: { $ref: './asyncapi.yaml#/components/schemas/ChatEvent' }
                  - type: object
                    properties: { data: { const: '[DONE]' } }
        '204': { description: Nothing is left. }
  /notes:
    get:
      operationId: readNotes
      summary: Read the notes
      responses:
        '200':
          description: The notes.
          content:
            text/plain: { schema: { type: string } }
components:
  securitySchemes:
    bearerKey: { type: http, scheme: Bearer }
    cookie: { type: apiKey, in: cookie, name: sid }
  responses:
    Unauthorized:
      description: Who are you?
      content:
        application/json:
          schema: { $ref: '#/components/schemas/Problem' }
  schemas:
    Chat:
      type: object
      required: [id, children]
      properties:
        id: { type: string }
        children: { type: array, items: { $ref: '#/components/schemas/Chat' } }
    Answer: { type: object, required: [text], properties: { text: { type: string } } }
    Problem:
      type: object
      required: [code]
      properties: { code: { type: integer, format: int32 } }
`,
  'asyncapi.yaml': `asyncapi: 3.1.0
info: { title: Chat events, version: 2.1.0 }
channels:
  events:
    address: /chats/{id}
    messages:
      word: { $ref: '#/components/messages/word' }
      end: { $ref: '#/components/messages/end' }
operations:
  tell:
    action: send
    channel: { $ref: '#/channels/events' }
components:
  messages:
    word: { payload: { $ref: '#/components/schemas/WordEvent' } }
    end: { payload: { $ref: '#/components/schemas/EndEvent' } }
  schemas:
    ChatEvent:
      description: What happens in a chat.
      oneOf:
        - { $ref: '#/components/schemas/WordEvent' }
        - { $ref: '#/components/schemas/EndEvent' }
      discriminator:
        propertyName: event
        mapping: { word: '#/components/schemas/WordEvent', end: '#/components/schemas/EndEvent' }
    WordEvent:
      type: object
      required: [event, word]
      properties: { event: { const: word }, word: { type: string } }
    EndEvent:
      type: object
      x-terminal: true
      required: [event]
      properties: { event: { const: end }, answer: { $ref: './openapi.yaml#/components/schemas/Answer' } }
`,
} as const;

/** The server-sent events of the OpenAPI 3.2 specification (section 4.14.4.2), with an end mark added. */
export const SPECIFICATION_DOCUMENTS = {
  'openapi.yaml': `openapi: 3.2.0
info: { title: Events, version: 1.0.0 }
paths:
  /events:
    get:
      operationId: followEvents
      responses:
        '200':
          description: A request body to add a stream of typed data.
          content:
            text/event-stream:
              itemSchema:
                $ref: '#/components/schemas/Event'
                required: [event]
                oneOf:
                  - properties:
                      event: { const: addString }
                  - properties:
                      event: { const: addInt64 }
                      data:
                        $comment: Since the \`data\` field is a string, a format says that it is a number.
                        format: int64
                  - x-terminal: true
                    properties:
                      event: { const: addJson }
                      data:
                        $comment: These content fields indicate that the string value is JSON.
                        contentMediaType: application/json
                        contentSchema:
                          type: object
                          required: [foo]
                          properties:
                            foo: { type: integer }
components:
  schemas:
    Event:
      type: object
      required: [data]
      properties:
        data: { type: string }
        event: { type: string }
        id: { type: string }
        retry: { type: integer, minimum: 0 }
`,
} as const;
