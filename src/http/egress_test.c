/* Which addresses are refused, and what the operator's rules allow. Every row is an address as a
 * socket gets it; how it was written in a URL does not matter here. */
#include "http/egress.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
    if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
        in6->sin6_family = AF_INET6;
    }
    return storage;
}

static const char *ask(const struct pawl_egress *egress, const char *host, const char *text)
{
    struct sockaddr_storage storage = address_of(text);
    return pawl_egress_refusal(egress, pawl_str_from(host), (const struct sockaddr *)&storage);
}

TEST(only_the_open_internet_is_connected_to_by_default)
{
    static const struct {
        const char *address, *what; /* NULL: allowed */
    } cases[] = {
        {"8.8.8.8", NULL},
        {"1.0.0.1", NULL},
        {"9.255.255.255", NULL},
        {"11.0.0.0", NULL},
        {"100.63.255.255", NULL},
        {"100.128.0.0", NULL},
        {"172.15.255.255", NULL},
        {"172.32.0.0", NULL},
        {"192.167.255.255", NULL},
        {"198.17.255.255", NULL},
        {"198.20.0.0", NULL},
        {"223.255.255.255", NULL},
        {"2606:4700::1", NULL},
        {"64:ff9b::808:808", NULL},
        {"::ffff:8.8.8.8", NULL},
        {"2002:808:808::1", NULL},
        {"127.0.0.1", "loopback"},
        {"127.255.255.255", "loopback"},
        {"0.0.0.0", "this host"},
        {"0.1.2.3", "this host"},
        {"10.0.0.0", "private"},
        {"10.255.255.255", "private"},
        {"172.16.0.0", "private"},
        {"172.31.255.255", "private"},
        {"192.168.0.1", "private"},
        {"169.254.169.254", "link-local"},
        {"100.64.0.0", "shared by a provider"},
        {"100.127.255.255", "shared by a provider"},
        {"192.0.0.1", "reserved"},
        {"192.0.2.1", "for documentation"},
        {"198.18.0.0", "for measurements"},
        {"198.19.255.255", "for measurements"},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "reserved"},
        {"::1", "loopback"},
        {"::", "this host"},
        {"fe80::1", "link-local"},
        {"febf::1", "link-local"},
        {"fec0::1", "private"},
        {"fc00::1", "private"},
        {"fdff::1", "private"},
        {"ff02::1", "multicast"},
        {"2001:db8::1", "for documentation"},
        {"2001::1", "reserved"},
        {"::ffff:127.0.0.1", "loopback"},
        {"::ffff:10.1.2.3", "private"},
        {"::127.0.0.1", "loopback"},
        {"::ffff:0:10.0.0.1", "private"},
        {"64:ff9b::7f00:1", "loopback"},
        {"64:ff9b::a9fe:a9fe", "link-local"},
        {"64:ff9b:1::808:808", "private translation"},
        {"2002:7f00:1::", "loopback"},
        {"2002:c0a8:101::1", "private"},
    };
    const struct pawl_egress none = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *what = ask(&none, "example.com", cases[i].address);
        bool same = what == cases[i].what ||
                    (what != NULL && cases[i].what != NULL && strcmp(what, cases[i].what) == 0);
        if (!same) {
            fail_msg("%s: got %s, expected %s", cases[i].address, what != NULL ? what : "allowed",
                     cases[i].what != NULL ? cases[i].what : "allowed");
        }
    }
}

TEST(rules_allow_networks_addresses_and_hosts_and_nothing_beside_them)
{
    static const struct {
        const char *rule, *host, *address;
        bool allowed;
    } cases[] = {
        {"127.0.0.1", "x", "127.0.0.1", true},
        {"127.0.0.1", "x", "127.0.0.2", false},
        {"127.0.0.0/8", "x", "127.9.9.9", true},
        {"10.1.2.0/23", "x", "10.1.3.255", true},
        {"10.1.2.0/23", "x", "10.1.4.0", false},
        {"0.0.0.0/0", "x", "10.1.4.0", true},
        {"0.0.0.0/0", "x", "::1", false},
        {"::/0", "x", "fd00::1", true},
        {"fd00::/8", "x", "fd12::1", true},
        {"fd00::/8", "x", "fc00::1", false},
        {"[::1]", "x", "::1", true},
        {"::1", "x", "127.0.0.1", false},
        {"127.0.0.0/8", "x", "::ffff:127.0.0.1", true}, /* what it carries is allowed */
        {"10.0.0.0/8", "x", "64:ff9b::a00:1", true},
        {"erp.internal", "erp.internal", "10.0.0.1", true},
        {"ERP.internal", "erp.INTERNAL.", "fd00::1", true},
        {"erp.internal", "erp.internal.evil.example", "10.0.0.1", false},
        {"erp.internal", "xerp.internal", "10.0.0.1", false},
        {"localhost", "127.0.0.1", "127.0.0.1", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pawl_arena arena;
        struct pawl_egress egress = {0};
        struct pawl_err err;
        pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
        assert_int_equal(pawl_egress_add(&egress, &arena, PAWL_STR("192.0.2.77"), &err), PAWL_OK);
        assert_int_equal(pawl_egress_add(&egress, &arena, pawl_str_from(cases[i].rule), &err),
                         PAWL_OK);
        assert_int_equal(egress.count, 2);
        if ((ask(&egress, cases[i].host, cases[i].address) == NULL) != cases[i].allowed) {
            fail_msg("%s for %s at %s", cases[i].rule, cases[i].host, cases[i].address);
        }
        assert_null(ask(&egress, "x", "192.0.2.77"));
        pawl_arena_fini(&arena);
    }
}

TEST(a_rule_that_is_none_is_refused_with_what_would_be_one)
{
    static const char *const bad[] = {"",        "/8",           "10.0.0.0/33", "10.0.0.0/",
                                      "::/129",  "10.0.0.0/8x",  "300.1.1.1",   "1.2.3",
                                      "a b",     "http://x/",    "host/8",      "10.0.0.0/-1",
                                      "x.",      "[::1",         "*.internal",  "10.0.0.0/8/8",
                                      "fe80::g", "10.0.0.0/0x8", "1234"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pawl_arena arena;
        struct pawl_egress egress = {0};
        struct pawl_err err;
        pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
        if (pawl_egress_add(&egress, &arena, pawl_str_from(bad[i]), &err) != PAWL_EUSAGE) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_non_null(strstr(err.msg, "write 10.0.0.0/8"));
        assert_int_equal(egress.count, 0);
        pawl_arena_fini(&arena);
    }
}

/* The machine that runs the test may have no address of the open internet: then each of its own is
 * refused for what it is. */
TEST(no_address_of_this_machine_is_connected_to)
{
    const struct pawl_egress none = {0};
    struct ifaddrs *list = NULL;
    uint32_t asked = 0;
    assert_int_equal(getifaddrs(&list), 0);
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
        bool ip = at->ifa_addr != NULL &&
                  (at->ifa_addr->sa_family == AF_INET || at->ifa_addr->sa_family == AF_INET6);
        if (ip) {
            assert_non_null(pawl_egress_refusal(&none, PAWL_STR("x"), at->ifa_addr));
            asked++;
        }
    }
    freeifaddrs(list);
    assert_true(asked > 0);
}

TEST_MAIN(TEST_CASE(only_the_open_internet_is_connected_to_by_default),
          TEST_CASE(rules_allow_networks_addresses_and_hosts_and_nothing_beside_them),
          TEST_CASE(a_rule_that_is_none_is_refused_with_what_would_be_one),
          TEST_CASE(no_address_of_this_machine_is_connected_to))
