# Takes the key for encrypted client hello (RFC 9849: parameter "ech", key 5) out of HTTPS and SVCB records (RFC 9460), so
# that browsers greet sites by name and the proxy can read it. For Unbound's Python module; everything else of the record stays.
from unboundmodule import *

HTTPS, SVCB, ECH = 65, 64, 5


def without_ech(rdata):
    """Wire form without the parameter. Gives None for what cannot be read, which is then left out."""
    # Two bytes of priority, then the target's name, which is never compressed.
    at = 2
    while at < len(rdata) and rdata[at] != 0:
        at += 1 + rdata[at]
    at += 1
    kept = rdata[:at]
    while at < len(rdata):
        if at + 4 > len(rdata):
            return None
        key = (rdata[at] << 8) | rdata[at + 1]
        end = at + 4 + ((rdata[at + 2] << 8) | rdata[at + 3])
        if end > len(rdata):
            return None
        if key != ECH:
            kept += rdata[at:end]
        at = end
    return kept


def qstate_ttl(data):
    """Seconds; what was just asked for upstream counts from now, and a minute is enough for anybody."""
    return max(1, min(60, data.ttl if data.ttl < 86400 else 60))


def strip(qstate):
    """Replaces the answer if any of its records has the parameter."""
    reply = qstate.return_msg
    if not reply or not reply.rep:
        return True
    records = []
    found = False
    for i in range(reply.rep.an_numrrsets):
        rrset = reply.rep.rrsets[i]
        kind, data = ntohs(rrset.rk.type), rrset.entry.data
        if kind not in (HTTPS, SVCB):
            # An alias on the way: written again by the resolver if the browser asks for its target.
            return None
        for j in range(data.count):
            # The first two bytes say how long the rest is.
            rdata = bytes(data.rr_data[j])[2:]
            stripped = without_ech(rdata)
            found = found or stripped != rdata
            if stripped is None:
                continue
            text = (rrset.rk.dname_str, qstate_ttl(data), kind, len(stripped), stripped.hex())
            records.append("%s %d IN TYPE%d \\# %d %s" % text)
    if not found:
        return True
    message = DNSMessage(qstate.qinfo.qname_str, qstate.qinfo.qtype, RR_CLASS_IN, PKT_QR | PKT_RA | PKT_RD)
    message.answer.extend(records)
    if not message.set_return_msg(qstate):
        return False
    # Already validated, before anything was taken out.
    qstate.return_msg.rep.security = 2
    invalidateQueryInCache(qstate, qstate.return_msg.qinfo)
    return storeQueryInCache(qstate, qstate.return_msg.qinfo, qstate.return_msg.rep, 0)


def init(id, cfg):
    return True


def deinit(id):
    return True


def inform_super(id, qstate, superqstate, qdata):
    return True


def operate(id, event, qstate, qdata):
    if event in (MODULE_EVENT_NEW, MODULE_EVENT_PASS):
        qstate.ext_state[id] = MODULE_WAIT_MODULE
        return True
    if event == MODULE_EVENT_MODDONE:
        if qstate.qinfo.qtype in (HTTPS, SVCB):
            done = strip(qstate)
            if not done:
                # Aliases in the answer, or a record that cannot be written: no record is safer than one with the key.
                message = DNSMessage(qstate.qinfo.qname_str, qstate.qinfo.qtype, RR_CLASS_IN, PKT_QR | PKT_RA | PKT_RD)
                if not message.set_return_msg(qstate):
                    qstate.ext_state[id] = MODULE_ERROR
                    return True
                qstate.return_msg.rep.security = 2
                invalidateQueryInCache(qstate, qstate.return_msg.qinfo)
                storeQueryInCache(qstate, qstate.return_msg.qinfo, qstate.return_msg.rep, 0)
        qstate.ext_state[id] = MODULE_FINISHED
        return True
    qstate.ext_state[id] = MODULE_ERROR
    return True
