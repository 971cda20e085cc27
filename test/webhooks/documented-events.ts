/** What HighLevel documents, group by group: how many, and of each what it is about and what flows hear of it. */
export const DOCUMENTED: Record<string, [count: number, types: Record<string, [object: string, ...told: string[]]>]> = {
  'App lifecycle': [
    5,
    {
      INSTALL: ['installation'],
      UNINSTALL: ['installation'],
      UPDATE: ['installation'],
      PLAN_CHANGE: ['installation'],
      EXTERNAL_AUTH_CONNECTED: ['installation'],
    },
  ],
  Contact: [
    5,
    {
      // Of a contact that nobody has heard of before.
      ContactCreate: ['contact', 'contact_created', 'contact_changed', 'contact_tags_changed', 'contact_dnd_changed'],
      ContactUpdate: ['contact', 'contact_changed'],
      ContactDelete: ['contact', 'contact_deleted'],
      ContactDndUpdate: ['contact', 'contact_changed', 'contact_dnd_changed'],
      ContactTagUpdate: ['contact', 'contact_changed', 'contact_tags_changed'],
    },
  ],
  Note: [
    3,
    {
      NoteCreate: ['note', 'note_created', 'note_changed'],
      NoteUpdate: ['note', 'note_changed'],
      NoteDelete: ['note', 'note_deleted'],
    },
  ],
  Task: [
    3,
    {
      TaskCreate: ['task', 'task_created', 'task_changed'],
      TaskComplete: ['task', 'task_completed', 'task_changed'],
      TaskDelete: ['task', 'task_deleted'],
    },
  ],
  Appointment: [
    3,
    {
      AppointmentCreate: ['appointment', 'appointment_changed'],
      AppointmentUpdate: ['appointment', 'appointment_changed'],
      AppointmentDelete: ['appointment', 'appointment_changed'],
    },
  ],
  Opportunity: [
    7,
    {
      OpportunityCreate: ['opportunity', 'opportunity_created', 'opportunity_changed'],
      OpportunityUpdate: ['opportunity', 'opportunity_changed'],
      OpportunityDelete: ['opportunity', 'opportunity_deleted'],
      OpportunityStageUpdate: ['opportunity', 'opportunity_stage_changed', 'opportunity_changed'],
      OpportunityStatusUpdate: ['opportunity', 'opportunity_status_changed', 'opportunity_changed'],
      OpportunityMonetaryValueUpdate: ['opportunity', 'opportunity_value_changed', 'opportunity_changed'],
      OpportunityAssignedToUpdate: ['opportunity', 'opportunity_assigned', 'opportunity_changed'],
    },
  ],
  Campaign: [1, { CampaignStatusUpdate: ['campaign', 'campaign_status_changed'] }],
  Conversation: [
    5,
    {
      InboundMessage: ['message', 'message_received'],
      OutboundMessage: ['message', 'message_sent'],
      ConversationUnreadUpdate: ['conversation', 'conversation_unread_changed'],
      ProviderOutboundMessage: ['message', 'message_to_deliver'],
      LCEmailStats: ['email', 'email_event'],
    },
  ],
  'Location / User': [
    5,
    {
      LocationCreate: ['location', 'location_created'],
      LocationUpdate: ['location', 'location_changed'],
      UserCreate: ['user', 'user_created'],
      UserUpdate: ['user', 'user_changed'],
      UserDelete: ['user', 'user_deleted'],
    },
  ],
  Invoice: [
    7,
    {
      InvoiceCreate: ['invoice', 'invoice_created'],
      InvoiceUpdate: ['invoice', 'invoice_changed'],
      InvoiceDelete: ['invoice', 'invoice_deleted'],
      InvoiceSent: ['invoice', 'invoice_sent'],
      InvoiceVoid: ['invoice', 'invoice_voided'],
      InvoicePaid: ['invoice', 'invoice_paid'],
      InvoicePartiallyPaid: ['invoice', 'invoice_partially_paid'],
    },
  ],
  'Order / Product / Price': [
    8,
    {
      OrderCreate: ['order', 'order_created'],
      OrderStatusUpdate: ['order', 'order_status_changed'],
      ProductCreate: ['product', 'product_created'],
      ProductUpdate: ['product', 'product_changed'],
      ProductDelete: ['product', 'product_deleted'],
      PriceCreate: ['price', 'price_created'],
      PriceUpdate: ['price', 'price_changed'],
      PriceDelete: ['price', 'price_deleted'],
    },
  ],
  Objects: [
    10,
    {
      ObjectSchemaCreate: ['object_schema', 'object_schema_created'],
      ObjectSchemaUpdate: ['object_schema', 'object_schema_changed'],
      RecordCreate: ['record', 'record_created'],
      RecordUpdate: ['record', 'record_changed'],
      RecordDelete: ['record', 'record_deleted'],
      AssociationCreate: ['association', 'association_created'],
      AssociationUpdate: ['association', 'association_changed'],
      AssociationDelete: ['association', 'association_deleted'],
      RelationCreate: ['relation', 'relation_created'],
      RelationDelete: ['relation', 'relation_deleted'],
    },
  ],
  'SaaS / Voice': [
    2,
    { SaasPlanCreate: ['saas_plan', 'saas_plan_created'], VoiceAiCallEnd: ['voice_call', 'voice_call_ended'] },
  ],
}
