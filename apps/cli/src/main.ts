#!/usr/bin/env node
// The memhp command: capture a host, list its memory, plan, rehearse and apply a removal.
export {}
