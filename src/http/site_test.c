/* Hosts and origins that are ours, and those that are not. */
#include "http/site.h"

#include "base/test.h"

enum { PORT = 7295 };

static struct pawl_err err;

static enum pawl_rc check(const char *listen, const char *name, const char *host,
                          const char *origin, const char *fetch_site)
{
    const struct pawl_str names[] = {pawl_str_from(name)};
    const struct pawl_site site = {
        .listen = pawl_str_from(listen), .names = names, .name_count = name != NULL};
    const struct pawl_site_request request = {host, origin, fetch_site, PORT};
    return pawl_site_check(&site, &request, &err);
}

TEST(a_server_on_loopback_answers_to_loopback_and_to_nothing_else)
{
    static const char *const good[] = {"127.0.0.1:7295", "localhost:7295", "LocalHost:7295",
                                       "[::1]:7295",     "127.0.0.1",      "localhost",
                                       "127.3.4.5:7295", "[::1]",          "[0:0:0:0:0:0:0:1]:7295",
                                       "[::ffff:127.0.0.1]:7295"};
    static const char *const bad[] = {"evil.example",
                                      "evil.example:7295",
                                      "localhost.evil.example:7295",
                                      "127.0.0.1.evil.example:7295",
                                      "evil.localhost:7295",
                                      "localhost:80",
                                      "127.0.0.1:7296",
                                      "localhost.:7295",
                                      "localhost:7295:7295",
                                      "localhost:",
                                      "localhost:07295",
                                      "localhost:+7295",
                                      "localhost:72950",
                                      "ann@localhost:7295",
                                      "localhost:7295@evil.example",
                                      "localhost/:7295",
                                      "localhost:7295/",
                                      "localhost, evil.example",
                                      "localhost evil.example",
                                      "",
                                      " ",
                                      ":7295",
                                      ".",
                                      "*",
                                      "2130706433:7295",
                                      "0x7f000001:7295",
                                      "0177.0.0.1:7295",
                                      "127.1:7295",
                                      "127.0.0.01:7295",
                                      "0.0.0.0:7295",
                                      "10.0.0.7:7295",
                                      "8.8.8.8:7295",
                                      "::1:7295",
                                      "[::1",
                                      "::1]",
                                      "[::1]7295",
                                      "[::1]x:7295",
                                      "[::]:7295",
                                      "[fe80::1%25eth0]:7295",
                                      "[::ffff:10.0.0.7]:7295",
                                      "[localhost]:7295",
                                      "l\303\266calhost:7295"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(check("127.0.0.1", NULL, good[i], NULL, NULL), PAWL_OK);
        assert_int_equal(check("::1", NULL, good[i], NULL, NULL), PAWL_OK);
        assert_int_equal(check("localhost", NULL, good[i], NULL, NULL), PAWL_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(check("127.0.0.1", NULL, bad[i], NULL, NULL), PAWL_EFOREIGN_HOST);
        assert_int_equal(check("localhost", NULL, bad[i], NULL, NULL), PAWL_EFOREIGN_HOST);
        assert_non_null(strstr(err.msg, "--allow-host"));
    }
    assert_int_equal(check("127.0.0.1", NULL, NULL, NULL, NULL), PAWL_OK); /* HTTP/1.0 */
    assert_int_equal(check("127.0.0.1", NULL, NULL, "http://localhost:7295", NULL),
                     PAWL_EFOREIGN_ORIGIN);
}

TEST(a_server_on_all_addresses_answers_to_any_address_but_to_names_only_when_told)
{
    static const char *const all[] = {"0.0.0.0", "::", "pawl.internal"};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_int_equal(check(all[i], NULL, "10.0.0.7:7295", NULL, NULL), PAWL_OK);
        assert_int_equal(check(all[i], NULL, "[fd00::7]:7295", NULL, NULL), PAWL_OK);
        assert_int_equal(check(all[i], NULL, "0.0.0.0:7295", NULL, NULL), PAWL_OK);
        assert_int_equal(check(all[i], NULL, "localhost:7295", NULL, NULL), PAWL_OK);
        assert_int_equal(check(all[i], NULL, "10.0.0.7:80", NULL, NULL), PAWL_EFOREIGN_HOST);
        assert_int_equal(check(all[i], NULL, "evil.example:7295", NULL, NULL), PAWL_EFOREIGN_HOST);
        assert_int_equal(check(all[i], "pawl.example", "Pawl.Example", NULL, NULL), PAWL_OK);
        assert_int_equal(check(all[i], "pawl.example", "pawl.example:8443", NULL, NULL), PAWL_OK);
        assert_int_equal(check(all[i], "pawl.example", "a.pawl.example", NULL, NULL),
                         PAWL_EFOREIGN_HOST);
        assert_int_equal(check(all[i], "pawl.example:8443", "pawl.example:8443", NULL, NULL),
                         PAWL_OK);
        assert_int_equal(check(all[i], "pawl.example:8443", "pawl.example:8444", NULL, NULL),
                         PAWL_EFOREIGN_HOST);
    }
    assert_int_equal(check("pawl.internal", NULL, "pawl.internal:7295", NULL, NULL), PAWL_OK);
    assert_int_equal(check("10.0.0.7", NULL, "10.0.0.7:7295", NULL, NULL), PAWL_OK);
    assert_int_equal(check("10.0.0.7", NULL, "10.0.0.8:7295", NULL, NULL), PAWL_EFOREIGN_HOST);
}

TEST(pages_of_other_sites_are_refused_and_programs_are_not_asked)
{
    static const char *const bad[] = {
        "http://evil.example",   "https://evil.example:7295",     "null",
        "NULL",                  "",                              "http://localhost:3000",
        "http://localhost",      "http://127.0.0.1:7295",         "http://localhost:7295/",
        "localhost:7295",        "//localhost:7295",              "file://",
        "ftp://localhost:7295",  "http://localhost.evil.example", "http://ann@localhost:7295",
        "http://localhost:7295 http://localhost:7295",            "http://[::1]:7295",
        "http://localhost:7295.", "chrome-extension://abcdef"};
    const char *host = "localhost:7295";
    assert_int_equal(check("127.0.0.1", NULL, host, NULL, NULL), PAWL_OK);
    assert_int_equal(check("127.0.0.1", NULL, host, "http://localhost:7295", NULL), PAWL_OK);
    assert_int_equal(check("127.0.0.1", NULL, host, "HTTPS://LOCALHOST:7295", NULL), PAWL_OK);
    assert_int_equal(check("127.0.0.1", NULL, host, NULL, "same-origin"), PAWL_OK);
    assert_int_equal(check("127.0.0.1", NULL, host, NULL, "none"), PAWL_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(check("127.0.0.1", NULL, host, bad[i], NULL), PAWL_EFOREIGN_ORIGIN);
        assert_int_equal(check("127.0.0.1", NULL, host, bad[i], "same-origin"),
                         PAWL_EFOREIGN_ORIGIN);
    }
    static const char *const sites[] = {"cross-site", "same-site", "Cross-Site", "", "what"};
    for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
        assert_int_equal(check("127.0.0.1", NULL, host, NULL, sites[i]), PAWL_EFOREIGN_ORIGIN);
        assert_int_equal(check("127.0.0.1", NULL, host, "http://localhost:7295", sites[i]),
                         PAWL_EFOREIGN_ORIGIN);
    }
}

TEST(behind_a_proxy_the_public_name_is_an_origin_whatever_host_the_proxy_sends)
{
    const char *name = "pawl.example";
    assert_int_equal(check("127.0.0.1", name, "127.0.0.1:7295", "https://pawl.example", NULL),
                     PAWL_OK);
    assert_int_equal(check("127.0.0.1", name, "pawl.example", "https://pawl.example", NULL),
                     PAWL_OK);
    assert_int_equal(check("127.0.0.1", "pawl.example:443", "127.0.0.1:7295",
                           "https://pawl.example", "same-origin"),
                     PAWL_OK);
    assert_int_equal(check("127.0.0.1", "pawl.example:443", "127.0.0.1:7295",
                           "https://pawl.example:8443", NULL),
                     PAWL_EFOREIGN_ORIGIN);
    assert_int_equal(check("127.0.0.1", name, "pawl.example", "https://evil.example", NULL),
                     PAWL_EFOREIGN_ORIGIN);
}

TEST(names_that_are_none_are_refused_when_they_are_given)
{
    static const char *const good[] = {"pawl.example", "pawl.example:443", "10.0.0.7", "[::1]:80",
                                       "my_host-1"};
    static const char *const bad[] = {"", "*", "https://pawl.example", "pawl.example/", "a b",
                                      "pawl.example:", "pawl.example:0", "::1", "*.example"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(pawl_site_check_name(pawl_str_from(good[i]), &err), PAWL_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(pawl_site_check_name(pawl_str_from(bad[i]), &err), PAWL_EUSAGE);
    }
}

TEST_MAIN(TEST_CASE(a_server_on_loopback_answers_to_loopback_and_to_nothing_else),
          TEST_CASE(a_server_on_all_addresses_answers_to_any_address_but_to_names_only_when_told),
          TEST_CASE(pages_of_other_sites_are_refused_and_programs_are_not_asked),
          TEST_CASE(behind_a_proxy_the_public_name_is_an_origin_whatever_host_the_proxy_sends),
          TEST_CASE(names_that_are_none_are_refused_when_they_are_given))
